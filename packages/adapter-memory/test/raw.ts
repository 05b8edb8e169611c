import { silentLogger } from '@anymq/core'
import type { Driver, Target } from '@anymq/core/driver'
import { fakeOutgoing, fakeTarget } from '@anymq/core/testing'
import { memory, type MemoryConnection, type MemoryManifest } from '../src/index.ts'
import type { World } from './world.ts'

/** A client of another make: sends bytes and headers as it likes, straight to a physical queue. */
export interface RawClient {
  readonly driver: Driver<MemoryManifest, unknown, MemoryConnection>
  readonly send: (
    address: string,
    message: { readonly body: Uint8Array | string; readonly id?: string; readonly headers?: Record<string, string> },
  ) => Promise<void>
}

export async function rawClient({ server, clock }: World): Promise<RawClient> {
  const driver = await memory({ server }).connect(
    { clock, ids: { next: () => 'raw' }, log: silentLogger, lost: () => undefined, state: () => undefined },
    new AbortController().signal,
  )
  return {
    driver,
    send: async (address, { body, id = 'raw-1', headers = {} }) => {
      const bytes = typeof body === 'string' ? Buffer.from(body) : body
      const message = fakeOutgoing(id, { body: bytes, headers })
      const result = await driver.send(targetOf(address), [message])
      if (result.failed !== undefined || result.unroutable !== undefined)
        throw new Error(`"${address}" did not take it`)
    },
  }
}

/** A plain queue by its physical name. */
export function targetOf(address: string): Target {
  return fakeTarget('queue', address)
}
