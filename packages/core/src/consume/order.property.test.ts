import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createBroker } from '../broker.ts'
import { queue } from '../definition/queue.ts'
import { type } from '../definition/schema.ts'
import { silentLogger } from '../log.ts'
import type { Message } from '../message.ts'
import { fixed } from '../policy/backoff.ts'
import { DeadLetter, Defer } from '../policy/steering.ts'
import { seededRandomness } from '../testing/seeded-randomness.ts'
import { TestClock } from '../testing/test-clock.ts'
import { GroupBroker } from '../../test/group-broker.ts'
import type { Adapter } from '../spi/driver.ts'

const line = queue('line', {
  schema: type<number>(),
  ordering: { key: () => 'k' },
  retry: { attempts: 3, backoff: fixed('200ms') },
})

/** What a run of handlers looked like, judged start by start. */
class Judge {
  readonly problems: string[] = []
  readonly #broker: GroupBroker
  readonly #last = new Map<string, number>()
  readonly #running = new Map<string, Message>()

  constructor(broker: GroupBroker) {
    this.#broker = broker
  }

  /** They start together: one, or a batch. */
  start(messages: readonly Message<number>[]): void {
    const ids = new Set(messages.map(({ id }) => id))
    for (const message of messages) this.#start(message, ids)
  }

  #start(message: Message<number>, together: ReadonlySet<string>): void {
    const { key = '', body: n, id } = message
    const other = this.#running.get(key)
    if (other !== undefined && !together.has(other.id)) this.problems.push(`${id} started while ${other.id} ran`)
    const last = this.#last.get(key) ?? -1
    if (n > last + 1) this.problems.push(`${id} started after ${key}-${last}`)
    // What the broker has settled cannot be followed by something before it: no suffix would bring it again.
    const later = this.#broker.settled.find((each) => each.startsWith(`${key}-`) && Number(each.split('-')[1]) > n)
    if (later !== undefined) this.problems.push(`${id} started again though ${later} is settled`)
    this.#last.set(key, n)
    this.#running.set(key, message)
    message.signal.addEventListener('abort', () => this.end(message))
  }

  end(message: Message): void {
    const key = message.key ?? ''
    if (this.#running.get(key) === message) this.#running.delete(key)
  }
}

function adapterOf(driver: GroupBroker): Adapter {
  return { spi: 1, offers: driver.manifest, connect: async () => driver, classify: (error) => driver.classify(error) }
}

async function run(seed: number, keys: number, concurrency: number, batches: boolean): Promise<string[]> {
  const clock = new TestClock()
  const random = seededRandomness(seed)
  const upTo = (limit: number): number => Math.floor(random.next() * limit)
  const messages = Array.from({ length: 40 }, (_, i) => ({ key: `k${i % keys}`, n: Math.floor(i / keys) }))
  const driver = new GroupBroker(clock, random, messages)
  const judge = new Judge(driver)
  const broker = await createBroker(adapterOf(driver), { definitions: [line], clock, random, logger: silentLogger })
  const misbehave = async (message: Message<number>): Promise<void> => {
    if (driver.isKind) return
    if (upTo(2) === 0) await new Promise<void>((resolve) => clock.setTimer(resolve, upTo(200)))
    const luck = upTo(10)
    if (luck === 0) throw new Error('failed')
    if (luck === 1) throw new DeadLetter('no')
    if (luck === 2) throw new Defer(upTo(300))
    if (luck === 3 && !message.signal.aborted) void message.retry({ after: upTo(100) }).catch(() => undefined)
  }
  const consumer = broker.consumer(line)
  if (batches) {
    consumer.subscribeBatch(
      async (batch) => {
        judge.start(batch)
        try {
          for (const message of batch) await misbehave(message)
        } finally {
          for (const message of batch) judge.end(message)
        }
      },
      { max: 5, within: 20, concurrency },
    )
  } else {
    consumer.subscribe(
      async (message) => {
        judge.start([message])
        try {
          await misbehave(message)
        } finally {
          judge.end(message)
        }
      },
      { concurrency },
    )
  }
  await clock.advance('20s')
  driver.isKind = true
  await clock.advance('30s')
  if (driver.left > 0) judge.problems.push(`${driver.left} messages are left`)
  const closing = broker.close({ timeout: '1s' })
  await clock.advance('2s')
  await closing
  if (clock.timers > 0) judge.problems.push(`${clock.timers} timers are left`)
  return judge.problems
}

test.for<[string, boolean]>([
  ['one by one', false],
  ['in batches', true],
])(
  'order.starts, order.suffix, batch.ordered: single leases are lost, settlements take their time, handlers fail: each key in order, what repeats is a suffix, %s',
  { timeout: 60_000 },
  async ([, batches]) => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 6 }),
        async (seed, keys, concurrency) => {
          expect(await run(seed, keys, concurrency, batches)).toEqual([])
        },
      ),
      { numRuns: 300 },
    )
  },
)
