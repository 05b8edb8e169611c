import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TestClock } from '../testing/test-clock.ts'
import { StartLimit, type Starter } from './start-limit.ts'

/** A source with work to do: starts as much as its own concurrency and the limit allow. */
class Source implements Starter {
  readonly #limit: StartLimit
  readonly #clock: TestClock
  readonly #own: number
  readonly #durations: readonly number[]
  readonly #started: (source: Source) => void
  backlog = 0
  running = 0
  #next = 0
  #dispatching = false

  constructor(
    limit: StartLimit,
    clock: TestClock,
    own: number,
    durations: readonly number[],
    started: (source: Source) => void,
  ) {
    this.#limit = limit
    this.#clock = clock
    this.#own = own
    this.#durations = durations
    this.#started = started
  }

  get wants(): boolean {
    return this.backlog > 0 && this.running < this.#own
  }

  /** As an engine does: one loop at a time. */
  wake(): void {
    if (this.#dispatching) return
    this.#dispatching = true
    while (this.wants && this.#limit.free(this) > 0) this.#start()
    this.#dispatching = false
  }

  #start(): void {
    this.backlog--
    this.running++
    this.#limit.started(this)
    this.#started(this)
    const duration = this.#durations.at(this.#next++ % this.#durations.length)!
    if (duration === 0) return this.#end()
    this.#clock.setTimer(() => {
      this.#end()
      this.wake()
    }, duration)
  }

  #end(): void {
    this.running--
    this.#limit.ended()
  }
}

const source = fc.record({
  own: fc.integer({ min: 1, max: 5 }),
  durations: fc.array(fc.oneof(fc.constant(0), fc.nat(50)), { minLength: 1, maxLength: 4 }),
})
const arrivals = fc.array(fc.tuple(fc.nat(40), fc.nat(4), fc.integer({ min: 1, max: 12 })), { maxLength: 30 })

test('consume.run: the total limit holds, no slot is idle while somebody wants it, and nobody is passed over', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 5 }),
      fc.array(source, { minLength: 1, maxLength: 5 }),
      arrivals,
      async (max, specs, steps) => {
        const clock = new TestClock()
        const limit = new StartLimit(max)
        /** Starts of others while a source waited: whoever waits is passed by each other at most once. */
        const passed = new Map<Source, Map<Source, number>>()
        const started = (by: Source): void => {
          passed.delete(by)
          expect(sources.reduce((sum, { running }) => sum + running, 0)).toBeLessThanOrEqual(max)
          for (const other of sources) {
            if (other === by) continue
            if (!other.wants) passed.delete(other)
            else if (waiting.has(other)) note(passed, other, by)
          }
          waiting.delete(by)
        }
        const waiting = new Set<Source>()
        const sources = specs.map(({ own, durations }) => new Source(limit, clock, own, durations, started))
        for (const [after, which, count] of steps) {
          await clock.advance(after)
          const given = sources.at(which % sources.length)!
          given.backlog += count
          given.wake()
          const running = sources.reduce((sum, each) => sum + each.running, 0)
          for (const each of sources) if (each.wants) waiting.add(each)
          // Work-conserving: a slot that is free is wanted by nobody.
          expect(running === max || sources.every(({ wants }) => !wants)).toBe(true)
          for (const by of passed.values()) expect(Math.max(0, ...by.values())).toBeLessThanOrEqual(1)
        }
        await clock.advance('1h')
        expect(sources.map(({ backlog, running }) => backlog + running)).toEqual(sources.map(() => 0))
      },
    ),
    { numRuns: 300 },
  )
})

function note(passed: Map<Source, Map<Source, number>>, waiting: Source, by: Source): void {
  const counts = passed.get(waiting) ?? new Map<Source, number>()
  counts.set(by, (counts.get(by) ?? 0) + 1)
  passed.set(waiting, counts)
}

test('a starter that leaves the line is not woken any more', () => {
  const limit = new StartLimit(1)
  const woken: string[] = []
  const [first, second, third] = ['first', 'second', 'third'].map((name) => ({ wake: () => void woken.push(name) }))
  expect(limit.free(first!)).toBe(1)
  limit.started(first!)
  expect([limit.free(second!), limit.free(third!)]).toEqual([0, 0])
  limit.leave(second!)
  limit.ended()
  expect(woken).toEqual(['third'])
  expect(limit.free(first!)).toBe(1)
})
