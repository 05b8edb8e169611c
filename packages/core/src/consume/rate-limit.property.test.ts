import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fakeRuntime } from '../../test/fake-driver.ts'
import { Starts } from './starts.ts'

const rate = fc.record({ max: fc.integer({ min: 1, max: 6 }), per: fc.integer({ min: 1, max: 400 }) })
/** So long after the step before, so many messages come that want to be started. */
const arrivals = fc.array(fc.tuple(fc.nat(300), fc.integer({ min: 1, max: 8 })), { minLength: 1, maxLength: 40 })

test('consume.rate: no window holds more than `max` starts, wherever it begins, and nothing waits longer than it must', async () => {
  await fc.assert(
    fc.asyncProperty(rate, arrivals, async ({ max, per }, steps) => {
      const { runtime, clock } = fakeRuntime()
      const times: number[] = []
      let waiting = 0
      const start = (): void => {
        while (waiting > 0 && starts.free(waiting) > 0) {
          waiting--
          starts.started()
          times.push(clock.monotonic())
        }
      }
      const starts = new Starts(runtime, { max, per }, null, start)
      for (const [after, count] of steps) {
        await clock.advance(after)
        waiting += count
        start()
      }
      const total = times.length + waiting
      await clock.advance((per + 20) * (waiting + 1))
      expect(times.length).toBe(total)
      for (let i = max; i < times.length; i++) expect(times[i]! - times[i - max]!).toBeGreaterThanOrEqual(per)
      expect(clock.timers).toBe(0)
    }),
    { numRuns: 200 },
  )
})

test('consume.rate, close.exits: a subscription that ends while its rate holds it back leaves no timer', () => {
  const { runtime, clock } = fakeRuntime()
  const starts = new Starts(runtime, { max: 1, per: 1000 }, null, () => undefined)
  starts.started()
  expect([starts.free(1), clock.timers]).toEqual([0, 1])
  starts.end()
  expect(runtime.wheel.size).toBe(0)
})
