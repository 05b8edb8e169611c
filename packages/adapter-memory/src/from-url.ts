import { MqError } from '@anymq/core/driver'
import { memory, type MemoryAdapter } from './memory.ts'
import { memoryServer, type MemoryServer } from './server.ts'

/** Within one process, brokers opened on one `memory:NAME` share one server. */
const named = new Map<string, MemoryServer>()

/**
 * `memory:` is a server of its own; `memory:NAME` is shared within the process.
 *
 * @throws MQ_CONFIG for parameters, of which there are none
 */
export function fromUrl(url: URL): MemoryAdapter {
  const parameter = [...url.searchParams.keys()][0]
  if (parameter !== undefined)
    throw new MqError('MQ_CONFIG', `memory: the parameter "${parameter}" is unknown; there are none`)
  const name = `${url.host}${url.pathname}`.replace(/^\/+/, '')
  if (name === '') return memory()
  let server = named.get(name)
  if (server === undefined) {
    server = memoryServer()
    named.set(name, server)
  }
  return memory({ server })
}
