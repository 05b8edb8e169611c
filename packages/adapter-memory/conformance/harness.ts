import { memory, memoryServer, type MemoryConnection, type MemoryMask, type MemoryServer } from '@anymq/adapter-memory'
import type { Harness, Site } from '@anymq/conformance'
import type { Broker } from '@anymq/core'
import type { Adapter } from '@anymq/core/driver'
import { fakeContext, fakeOutgoing, fakeTarget, TestClock } from '@anymq/core/testing'
import { readFileSync } from 'node:fs'

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  readonly version: string
}

/** How the in-memory broker is proven: what it lacks, and in which time it lives. */
export interface MemoryHarnessOptions {
  /** Default: nothing. */
  readonly mask?: readonly MemoryMask[]
  /** Default `virtual`. */
  readonly time?: 'virtual' | 'real'
}

/** Each case gets a server of its own. A process is a broker object on it, and dies by being abandoned. */
export function memoryHarness({ mask = [], time = 'virtual' }: MemoryHarnessOptions = {}): Harness {
  const words = [
    'memory',
    ...(mask.length > 0 ? [`without ${mask.join(', ')}`] : []),
    ...(time === 'real' ? ['in real time'] : []),
  ]
  return {
    name: words.join(' '),
    product: { name: 'memory', version: '1', kind: 'in-process' },
    adapter: { name: '@anymq/adapter-memory', version },
    open: (namespace) => siteOn(memoryServer(), namespace, mask, time === 'virtual' ? new TestClock() : undefined),
  }
}

function siteOn(
  server: MemoryServer,
  namespace: string,
  mask: readonly MemoryMask[],
  clock: TestClock | undefined,
): Site {
  const connections = new Set<MemoryConnection>()
  return {
    ...(clock !== undefined && { clock }),
    adapter: () => noting(memory({ server, mask }), connections),
    abandon: (broker) => connectionOf(broker).abandon(),
    disturb: {
      cut: async (broker) => {
        connectionOf(broker).cut()
        return 'its connection was cut'
      },
      // A server in this process cannot be restarted and keep anything. What a restart of a durable one does to its clients can be had.
      restart: async () => {
        for (const connection of connections) connection.cut()
        return `every connection was cut: ${connections.size}`
      },
    },
    put: (queue, { body, headers }) => putRaw(server, `${namespace}.${queue}`, body, headers, clock),
    entities: async () => server.queues,
    close: async () => undefined,
  }
}

function connectionOf(broker: Broker): MemoryConnection {
  return broker.native as MemoryConnection
}

/** The adapter, its connections noted. */
function noting(adapter: Adapter, connections: Set<MemoryConnection>): Adapter {
  return {
    ...adapter,
    connect: async (context, signal) => {
      const driver = await adapter.connect(context, signal)
      connections.add(driver.native as MemoryConnection)
      return driver
    },
  }
}

async function putRaw(
  server: MemoryServer,
  address: string,
  body: Uint8Array,
  headers: Readonly<Record<string, string>>,
  clock: TestClock | undefined,
): Promise<void> {
  const context = { ...fakeContext(), ...(clock !== undefined && { clock }) }
  const driver = await memory({ server }).connect(context, new AbortController().signal)
  await driver.send(fakeTarget('queue', address), [fakeOutgoing('foreign', { body, headers })])
  await driver.close()
}

/** Everything native, in virtual time. */
export const harness = memoryHarness()
