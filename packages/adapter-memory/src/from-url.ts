import { MqError } from '@anymq/core/driver'
import { EMULATED, type MemoryMask } from './mask.ts'
import { memory, type MemoryAdapter } from './memory.ts'
import { memoryServer, type MemoryServer } from './server.ts'

/** Within one process, brokers opened on one `memory:NAME` share one server. */
const named = new Map<string, MemoryServer>()

/**
 * `memory:` is a server of its own; `memory:NAME` is shared within the process. `?mask=ordering,delay` leaves native capabilities
 * out, `?mask=all` every one that core makes up for.
 *
 * @throws MQ_CONFIG for a parameter or a mask that is unknown
 */
export function fromUrl(url: URL): MemoryAdapter {
  const parameter = [...url.searchParams.keys()].find((each) => each !== 'mask')
  if (parameter !== undefined)
    throw new MqError('MQ_CONFIG', `memory: the parameter "${parameter}" is unknown; the only one is mask`)
  const mask = maskIn(url.searchParams.get('mask'))
  const name = `${url.host}${url.pathname}`.replace(/^\/+/, '')
  if (name === '') return memory({ mask })
  let server = named.get(name)
  if (server === undefined) {
    server = memoryServer()
    named.set(name, server)
  }
  return memory({ server, mask })
}

function maskIn(text: string | null): readonly MemoryMask[] {
  if (text === 'all') return EMULATED
  // What is no mask is refused by memory() itself, by name.
  return text === null || text === '' ? [] : (text.split(',') as MemoryMask[])
}
