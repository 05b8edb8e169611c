import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FakeDriver, FakeError, fakeFailure } from '../../test/fake-driver.ts'
import { hanging, outbox, WIDE } from '../../test/outbox.ts'
import { MqError, type SendOutcome } from '../errors.ts'
import type { TestClock } from '../testing/test-clock.ts'

const gone = new MqError('MQ_CONNECTION', 'gone', { retryable: true })
const closed = new MqError('MQ_CLOSED', 'closed')

type Answer = { readonly after: number } & (
  | { readonly how: 'good' | 'hang' }
  | {
      readonly how: 'items'
      readonly failed: readonly { readonly at: number; readonly retryable: boolean; readonly outcome: SendOutcome }[]
    }
  | { readonly how: 'all'; readonly retryable: boolean; readonly outcome: SendOutcome }
)
type Action =
  | { readonly send: readonly number[] }
  | { readonly wait: number }
  | { readonly abandon: number }
  | { readonly cut: number }

const after = fc.nat(300)
const failure = { retryable: fc.boolean(), outcome: fc.constantFrom<SendOutcome>('not-sent', 'unknown') }
const answer: fc.Arbitrary<Answer> = fc.oneof(
  { arbitrary: fc.record({ how: fc.constant('good' as const), after }), weight: 5 },
  {
    arbitrary: fc.record({
      how: fc.constant('items' as const),
      after,
      failed: fc.uniqueArray(fc.record({ at: fc.nat(9), ...failure }), { selector: ({ at }) => at, minLength: 1 }),
    }),
    weight: 4,
  },
  { arbitrary: fc.record({ how: fc.constant('all' as const), after, ...failure }), weight: 2 },
  { arbitrary: fc.record({ how: fc.constant('hang' as const), after }), weight: 1 },
)
const action: fc.Arbitrary<Action> = fc.oneof(
  {
    arbitrary: fc.record({ send: fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 12 }) }),
    weight: 4,
  },
  { arbitrary: fc.record({ wait: fc.nat(500) }), weight: 4 },
  { arbitrary: fc.record({ abandon: fc.nat(60) }), weight: 1 },
  { arbitrary: fc.record({ cut: fc.nat(400) }), weight: 1 },
)

/** A broker that answers as the script says, and knows what it has and which tries ended in doubt. */
class Scripted {
  readonly taken = new Set<string>()
  readonly #doubtful = new Set<string>()
  /** What is on its way and not answered. */
  readonly #open = new Set<string>()
  readonly #script: readonly Answer[]
  readonly #clock: TestClock
  #next = 0

  constructor(script: readonly Answer[], clock: TestClock) {
    this.#script = script
    this.#clock = clock
  }

  mayHave(id: string): boolean {
    return this.taken.has(id) || this.#doubtful.has(id) || this.#open.has(id)
  }

  /** The connection is cut: what is on its way will not be answered. */
  cut(): void {
    for (const id of this.#open) this.#doubtful.add(id)
    this.#open.clear()
  }

  connection(): FakeDriver {
    const driver = new FakeDriver({ batch: { count: 10, bytes: 100 } })
    driver.answer = async (batch) => {
      const step = this.#script.at(this.#next++ % this.#script.length)!
      for (const { id } of batch) this.#open.add(id)
      await new Promise<void>((resolve) => this.#clock.setTimer(resolve, step.after))
      if (step.how === 'hang') return hanging()
      const failed = step.how === 'items' ? step.failed.filter(({ at }) => at < batch.length) : []
      const outcomes = batch.map((_, index) =>
        step.how === 'all' ? step.outcome : failed.find(({ at }) => at === index)?.outcome,
      )
      for (const [index, { id }] of batch.entries()) {
        this.#open.delete(id)
        if (outcomes.at(index) === undefined) this.taken.add(id)
        else if (outcomes.at(index) === 'unknown') this.#doubtful.add(id)
      }
      if (step.how === 'all') throw new FakeError(step)
      return {
        failed: failed.map(({ at: index, retryable, outcome }) => ({
          index,
          failure: fakeFailure({ retryable, outcome }),
        })),
      }
    }
    return driver
  }
}

test('send.*: whatever the broker answers, each message has one fate, in time, and it is the true one', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(answer, { minLength: 1, maxLength: 8 }),
      fc.array(action, { maxLength: 25, size: 'max' }),
      fc.constantFrom(WIDE, { messages: 6, bytes: 90 }),
      async (script, actions, limits) => {
        const { batcher, clock, fates, messages, add, watch } = outbox(new FakeDriver(), limits)
        const broker = new Scripted(script, clock)
        // Sent: the broker has it. Not sent: it has not. Unknown: nobody can tell.
        const lies: string[] = []
        watch.settled = (index, fate) => {
          const has = fate === 'sent' ? broker.taken.has(`o-${index}`) : broker.mayHave(`o-${index}`)
          if (has !== (fate !== 'not-sent')) lies.push(`${index} is ${fate}`)
        }
        const connections = [broker.connection()]
        batcher.up(connections.at(0)!)
        for (const step of actions) {
          if ('send' in step) {
            for (const bytes of step.send) add(bytes, 3000)
            batcher.go()
          } else if ('wait' in step) await clock.advance(step.wait)
          else if ('abandon' in step)
            messages.slice(step.abandon, step.abandon + 1).forEach((message) => batcher.abandon(message))
          else {
            broker.cut()
            batcher.lost(gone)
            await clock.advance(step.cut)
            connections.push(broker.connection())
            batcher.up(connections.at(-1)!)
          }
        }
        await clock.advance('4s')
        expect([fates.size, lies]).toEqual([messages.length, []])
        for (const batch of connections.flatMap(({ sent }) => sent)) {
          const order = batch.map(({ id }) => Number(id.slice(2)))
          expect(order).toEqual(order.toSorted((a, b) => a - b))
          const bytes = batch.reduce((sum, { body }) => sum + body.length, 0)
          expect(
            batch.length === 1 ||
              (batch.length <= Math.min(10, limits.messages) && bytes <= Math.min(100, limits.bytes)),
          ).toBe(true)
        }
        for (const { sent } of connections) {
          const firsts = [...new Set(sent.flat().map(({ id }) => Number(id.slice(2))))]
          expect(firsts).toEqual(firsts.toSorted((a, b) => a - b))
        }
        batcher.stop(closed)
        expect(clock.timers).toBe(0)
      },
    ),
    { numRuns: 150 },
  )
})
