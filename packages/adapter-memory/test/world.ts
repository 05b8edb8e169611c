import {
  createBroker,
  silentLogger,
  type Broker,
  type BrokerEvent,
  type BrokerOptions,
  type Definition,
  type Logger,
  type LogFields,
} from '@anymq/core'
import { seededRandomness, TestClock } from '@anymq/core/testing'
import type { Adapter } from '@anymq/core/driver'
import { memory, memoryServer, type MemoryConnection, type MemoryManifest, type MemoryServer } from '../src/index.ts'
import { onTestFinished } from 'vitest'

/** One in-memory server in virtual time, and any number of broker objects on it, as processes share a broker. */
export interface World {
  readonly clock: TestClock
  readonly server: MemoryServer
  readonly events: BrokerEvent[]
  readonly lines: { readonly level: string; readonly fields: LogFields; readonly text: string }[]
  readonly broker: (
    options?: Partial<BrokerOptions>,
    adapter?: Adapter<MemoryManifest, unknown, MemoryConnection>,
  ) => Promise<Broker<MemoryConnection>>
}

/** Make a world; its brokers are closed, and its timers counted, when the test ends. */
export function world(
  definitions: readonly Definition[],
  server: MemoryServer = memoryServer(),
  clock: TestClock = new TestClock(),
): World {
  const events: BrokerEvent[] = []
  const lines: World['lines'] = []
  const brokers: Broker[] = []
  onTestFinished(async () => {
    await Promise.all(brokers.map((broker) => finish(clock, broker.close({ timeout: '1s' }))))
    if (clock.timers > 0) throw new Error(`${clock.timers} timers are left after every broker was closed`)
  })
  return {
    clock,
    server,
    events,
    lines,
    broker: async (options = {}, adapter = memory({ server })) => {
      const broker = await createBroker(adapter, {
        definitions,
        clock,
        random: seededRandomness(brokers.length + 1),
        logger: recording(lines),
        onEvent: (event) => events.push(event),
        ...options,
      })
      brokers.push(broker)
      return broker
    },
  }
}

/** Let virtual time pass until a promise that needs it has settled; at most an hour. */
export async function finish<T>(clock: TestClock, promise: Promise<T>): Promise<T> {
  const state = { settled: false }
  const done = (): void => {
    state.settled = true
  }
  void promise.then(done, done)
  await clock.settle()
  for (let second = 0; !state.settled && second < 3600; second++) await clock.advance('1s')
  return promise
}

/** Events of one kind. */
export function eventsOf<K extends BrokerEvent['event']>(
  events: readonly BrokerEvent[],
  kind: K,
): Extract<BrokerEvent, { event: K }>[] {
  return events.filter((event): event is Extract<BrokerEvent, { event: K }> => event.event === kind)
}

/** A promise and its levers. */
export function gate(): { readonly open: () => void; readonly passed: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { open: resolve, passed: promise }
}

function recording(lines: World['lines']): Logger {
  const at = (level: string) => (fields: LogFields, text: string) => void lines.push({ level, fields, text })
  return { ...silentLogger, warn: at('warn'), error: at('error') }
}

/** Virtual time passes for a handler. */
export function sleep(clock: TestClock, ms: number): Promise<void> {
  return new Promise((resolve) => clock.setTimer(resolve, ms))
}
