import { MqError, type Adapter, type DriverContext } from '@anymq/core/driver'
import { MemoryDriver, type MemoryConnection } from './connection.ts'
import type { Receipt } from './entry.ts'
import { failureOf } from './feed.ts'
import { MANIFEST, type MemoryManifest } from './manifest.ts'
import { maskedManifest, maskOf, type MemoryMask } from './mask.ts'
import { maskedDriver } from './masked-driver.ts'
import { InProcessServer, memoryServer, type MemoryServer } from './server.ts'

export interface MemoryOptions {
  /** Share the queues of this server. Default: a server of its own. */
  readonly server?: MemoryServer
  /** Native capabilities to leave out, so that core's emulations take their place. Default: none. */
  readonly mask?: readonly MemoryMask[]
}

/** What `memory()` returns: give it to `createBroker`. */
export type MemoryAdapter = Adapter<MemoryManifest, Receipt, MemoryConnection>

/**
 * The in-memory broker: for tests, for development and as the reference for every other adapter. Volatile: what it holds
 * ends with the process; a server says so once, at `info`. It lives in the time of the broker object that uses it, so a TestClock moves it too.
 *
 * @throws MQ_CONFIG for a server that `memoryServer()` did not make, or a mask that is none
 */
export function memory(options: MemoryOptions = {}): MemoryAdapter {
  const mask = maskOf(options.mask)
  const server = options.server ?? memoryServer()
  if (!(server instanceof InProcessServer))
    throw new MqError('MQ_CONFIG', 'memory: server is not what memoryServer() returned')
  return Object.freeze({
    spi: 1,
    offers: maskedManifest(MANIFEST, mask),
    connect: async (context: DriverContext) => {
      if (server.adopt(context.clock)) sayVolatile(context)
      return maskedDriver(new MemoryDriver(server, context), mask)
    },
    classify: failureOf,
  })
}

function sayVolatile({ log }: DriverContext): void {
  log.info({ adapter: MANIFEST.adapter }, 'the in-memory broker is volatile: what it holds ends with this process')
}
