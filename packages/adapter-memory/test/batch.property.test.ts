import { fixed, queue, type, type Message, type Queue } from '@anymq/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { memoryServer, type MemoryMask } from '../src/index.ts'
import { EMULATED, lacking } from './masks.ts'
import { world, sleep, type World } from './world.ts'

interface Row {
  readonly key: string
  readonly n: number
}

const policy = { retry: { attempts: 4, backoff: fixed('3s') }, lease: '10s', timeout: '5m' } as const
const ordered = queue('ordered', { schema: type<Row>(), ordering: { key: ({ key }) => key }, ...policy })
const loose = queue('loose', { schema: type<Row>(), ...policy })

type Verb = 'none' | 'ack' | 'retry' | 'defer' | 'dead'

/** What a handler does with a batch: a verb for each message, in turn, and how it ends after so many milliseconds. */
interface Step {
  readonly verbs: readonly Verb[]
  readonly throws: boolean
  readonly ms: number
}

const verb = fc.oneof(
  { arbitrary: fc.constant<Verb>('none'), weight: 6 },
  { arbitrary: fc.constantFrom<Verb>('ack', 'retry', 'defer', 'dead'), weight: 3 },
)
const step: fc.Arbitrary<Step> = fc.record({
  verbs: fc.array(verb, { minLength: 1, maxLength: 6 }),
  throws: fc.boolean(),
  ms: fc.constantFrom(0, 0, 5, 700, 12_000),
})
/** So long after the send before, so many messages of this key. */
const sends = fc.array(fc.tuple(fc.nat(3000), fc.constantFrom('a', 'b', 'c'), fc.integer({ min: 1, max: 9 })), {
  minLength: 1,
  maxLength: 12,
})
const shape = fc.record({
  max: fc.integer({ min: 1, max: 6 }),
  within: fc.constantFrom(0, 200, 2500),
  concurrency: fc.integer({ min: 1, max: 3 }),
})

/** Handles batches as the steps say, and checks what it is given. */
class Worker {
  readonly done = new Set<string>()
  /** Failures that it caused, by message. */
  readonly #failures = new Map<string, number>()
  /** When a message may come again at the earliest, after a failure or a deferral. */
  readonly #floors = new Map<string, number>()
  readonly #busy = new Set<string>()
  readonly #world: World
  readonly #steps: readonly Step[]
  readonly #isOrdered: boolean
  readonly #max: number
  #next = 0
  wrong: string[] = []

  constructor(w: World, steps: readonly Step[], isOrdered: boolean, max: number) {
    this.#world = w
    this.#steps = steps
    this.#isOrdered = isOrdered
    this.#max = max
  }

  readonly handle = async (messages: readonly Message<Row>[]): Promise<void> => {
    this.#check(messages)
    const { verbs, throws, ms } = this.#steps.at(this.#next++ % this.#steps.length)!
    const keys = new Set(messages.map(({ body }) => body.key))
    for (const key of keys) this.#busy.add(key)
    for (const [index, message] of messages.entries()) this.#say(message, verbs.at(index % verbs.length)!)
    if (ms > 0) await sleep(this.#world.clock, ms)
    for (const key of keys) this.#busy.delete(key)
    this.#end(messages, throws)
    if (throws) throw new Error('no')
  }

  #check(messages: readonly Message<Row>[]): void {
    if (messages.length === 0 || messages.length > this.#max) this.wrong.push(`a batch of ${messages.length}`)
    for (const [index, { body, attempt }] of messages.entries()) {
      const failures = this.#failures.get(nameOf(body)) ?? 0
      if (attempt !== failures + 1) this.wrong.push(`${nameOf(body)} has attempt ${attempt} after ${failures} failures`)
      const early = (this.#floors.get(nameOf(body)) ?? 0) - this.#world.clock.monotonic()
      if (early > 0) this.wrong.push(`${nameOf(body)} came ${early} ms too early`)
      if (this.done.has(nameOf(body))) this.wrong.push(`${nameOf(body)} came again after it was done`)
      if (!this.#isOrdered) continue
      if (this.#busy.has(body.key)) this.wrong.push(`${nameOf(body)} came while its key was busy`)
      const before = messages.slice(0, index).map((earlier) => nameOf(earlier.body))
      for (let n = 0; n < body.n; n++) {
        const earlier = nameOf({ key: body.key, n })
        if (!this.done.has(earlier) && !before.includes(earlier)) this.wrong.push(`${nameOf(body)} overtook ${earlier}`)
      }
    }
  }

  readonly #decided = new WeakSet<Message>()

  #say(message: Message<Row>, what: Verb): void {
    if (what === 'none' || message.signal.aborted) return
    this.#decided.add(message)
    if (what === 'ack') void message.ack()
    else if (what === 'dead') void message.deadLetter('never')
    else if (what === 'defer') void message.defer('2s')
    else void message.retry({ after: '1s' })
    if (what === 'ack' || what === 'dead') this.done.add(nameOf(message.body))
    if (what === 'retry') this.#failed(message, 1000)
    if (what === 'defer') this.#waits(message, 2000)
  }

  /** What the subscription makes of the rest. */
  #end(messages: readonly Message<Row>[], throws: boolean): void {
    const failed = new Set<string>()
    for (const message of messages) {
      const { key } = message.body
      if (this.#decided.has(message) || message.signal.aborted) continue
      if (!throws) this.done.add(nameOf(message.body))
      else if (!this.#isOrdered || !failed.has(key)) {
        failed.add(key)
        this.#failed(message, 3000)
      }
    }
  }

  #failed(message: Message<Row>, wait: number): void {
    const { body, attempt } = message
    this.#failures.set(nameOf(body), attempt)
    this.#waits(message, wait)
    if (attempt >= policy.retry.attempts) this.done.add(nameOf(body))
  }

  #waits({ body }: Message<Row>, wait: number): void {
    this.#floors.set(nameOf(body), this.#world.clock.monotonic() + wait)
  }
}

function nameOf({ key, n }: Row): string {
  return `${key}${n}`
}

const cases: [string, Queue<Row, Row>, readonly MemoryMask[]][] = [
  ['ordered', ordered, []],
  ['ordered, every mask', ordered, EMULATED],
  ['unordered', loose, []],
  ['unordered, every mask', loose, EMULATED],
]

test.for(cases)(
  'batch.*, order.starts: %s: whatever handlers say, batches are runs of their keys, and each message is done once',
  { timeout: 60_000 },
  async ([, to, mask]) => {
    await fc.assert(
      fc.asyncProperty(shape, fc.array(step, { minLength: 1, maxLength: 6 }), sends, async (how, steps, plan) => {
        const server = memoryServer()
        const w = world([to], server)
        const b = await w.broker({}, lacking(server, mask))
        const worker = new Worker(w, [...steps, { verbs: ['none'], throws: false, ms: 5 }], to === ordered, how.max)
        const work = b.consumer(to).subscribeBatch(worker.handle, how)
        const counts: Record<string, number> = { a: 0, b: 0, c: 0 }
        for (const [after, key, count] of plan) {
          await w.clock.advance(after)
          await b.producer(to).sendBatch(Array.from({ length: count }, () => ({ body: { key, n: counts[key]!++ } })))
        }
        const total = counts['a']! + counts['b']! + counts['c']!
        for (let minute = 0; worker.done.size < total && minute < 120; minute++) await w.clock.advance('1m')
        await w.clock.advance('20s')
        expect(worker.wrong).toEqual([])
        expect(worker.done.size).toBe(total)
        expect(await b.stats(to)).toMatchObject({ ready: 0, leased: 0 })
        await work.close()
        await b.close()
      }),
      { numRuns: 100 },
    )
  },
)
