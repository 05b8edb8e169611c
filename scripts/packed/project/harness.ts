import { memory, memoryServer, type MemoryConnection } from '@anymq/adapter-memory'
import type { Harness, Site } from '@anymq/conformance'
import { TestClock } from '@anymq/core/testing'

/** One file is all that an author writes: how to get at the broker. */
export const harness: Harness = {
  name: 'packed',
  product: { name: 'memory', version: '1', kind: 'in-process' },
  adapter: { name: '@anymq/adapter-memory', version: '0.1.0' },
  open: (): Site => {
    const server = memoryServer()
    return {
      clock: new TestClock(),
      adapter: () => memory({ server }),
      abandon: (broker) => (broker.native as MemoryConnection).abandon(),
      entities: async () => server.queues,
      close: async () => undefined,
    }
  },
}
