import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MqError } from '../errors.ts'
import { seededRandomness } from './seeded-randomness.ts'
import { TestClock } from './test-clock.ts'

test('timers fire in order of time, then of setting, each at its time, and not one too many', async () => {
  const timers = fc.array(fc.record({ ms: fc.integer({ min: -5, max: 300 }), cancelled: fc.boolean() }), {
    maxLength: 30,
    size: 'max',
  })
  await fc.assert(
    fc.asyncProperty(timers, fc.array(fc.nat(100), { minLength: 1, maxLength: 5 }), async (given, steps) => {
      const clock = new TestClock(1000)
      const fired: [number, number][] = []
      for (const [index, { ms, cancelled }] of given.entries()) {
        const timer = clock.setTimer(() => fired.push([index, clock.monotonic()]), ms)
        if (cancelled) timer.cancel()
      }
      let now = 0
      for (const step of steps) {
        await clock.advance(step)
        now += step
        expect([clock.monotonic(), clock.now()]).toEqual([now, 1000 + now])
        const due = [...given.entries()]
          .filter(([, { ms, cancelled }]) => !cancelled && ms <= now)
          .map(([index, { ms }]): [number, number] => [index, Math.max(0, ms)])
          .toSorted(([a, at], [b, bt]) => at - bt || a - b)
        expect(fired).toEqual(due)
        expect(clock.timers).toBe(given.filter(({ cancelled }) => !cancelled).length - due.length)
      }
    }),
    { numRuns: 50 },
  )
})

test('hours pass as they would: what a timer starts is done before the next one fires', async () => {
  const clock = new TestClock()
  const log: string[] = []
  const tick = (): void => {
    void Promise.resolve()
      .then(() => new Promise<void>((resolve) => clock.soon(resolve)))
      .then(() => log.push(`done ${clock.monotonic()}`))
    if (clock.monotonic() < 3_600_000) clock.setTimer(tick, 600_000)
  }
  clock.setTimer(tick, 600_000)
  await clock.advance('1.5h')
  expect(log).toEqual([1, 2, 3, 4, 5, 6].map((n) => `done ${n * 600_000}`))
  expect([clock.monotonic(), clock.timers]).toEqual([5_400_000, 0])
})

test('a timer with a fraction fires once, at the first whole millisecond that is not before it', async () => {
  const ms = fc.double({ min: 0, max: 1e6, noNaN: true })
  await fc.assert(
    fc.asyncProperty(ms, ms, async (before, wait) => {
      const clock = new TestClock()
      await clock.advance(before)
      const start = clock.monotonic()
      const due = start + wait
      const fired: number[] = []
      // As whoever keeps a due time does: look again when the timer fires, and set another one for what is left.
      const look = (): void => {
        fired.push(clock.monotonic())
        if (clock.monotonic() < due && fired.length < 100) clock.setTimer(look, due - clock.monotonic())
      }
      clock.setTimer(look, due - clock.monotonic())
      await clock.advance(wait)
      expect(fired).toEqual([Math.ceil(due)])
      expect(clock.now() - clock.monotonic()).toBe(Date.UTC(2026, 0, 1))
    }),
    { numRuns: 100 },
  )
})

test('settle waits for work that takes many turns of the event loop, and lets time pass beside work that never ends', async () => {
  const clock = new TestClock()
  let left = 200
  const work = (): void => {
    if (--left > 0) clock.soon(work)
  }
  clock.soon(work)
  await clock.settle()
  expect(left).toBe(0)
  let goesOn = true
  const endless = (): void => {
    if (goesOn) clock.soon(endless)
  }
  endless()
  let fired = false
  clock.setTimer(() => (fired = true), 10)
  await clock.advance(10)
  goesOn = false
  await clock.settle()
  expect(fired).toBe(true)
})

test('time never goes back, not even when two advances overlap', async () => {
  const clock = new TestClock()
  await Promise.all([clock.advance(10_000), clock.advance(5)])
  expect(clock.monotonic()).toBe(10_000)
})

test.for([-1, '5 minutes', Number.NaN, undefined, {}])('advance refuses %o', async (by) => {
  const error: unknown = await new TestClock().advance(by as number).catch((cause: unknown) => cause)
  expect(MqError.is(error, 'MQ_CONFIG') && error.message).toMatch(/advance: .* is no duration/)
})

test('seeded randomness: the same numbers for the same seed, from 0 to below 1, spread evenly', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const [a, b] = [seededRandomness(seed), seededRandomness(seed)]
      const [bytesOfA, bytesOfB] = [new Uint8Array(16), new Uint8Array(16)]
      a.fill(bytesOfA)
      b.fill(bytesOfB)
      expect(bytesOfA).toEqual(bytesOfB)
      const drawn = Array.from({ length: 1000 }, () => a.next())
      expect(drawn.every((n) => n >= 0 && n < 1)).toBe(true)
      expect(Math.abs(drawn.reduce((sum, n) => sum + n, 0) / 1000 - 0.5)).toBeLessThan(0.1)
    }),
    { numRuns: 20 },
  )
})

test('next tells how long it is until the next timer', async () => {
  const clock = new TestClock()
  expect(clock.next).toBeUndefined()
  const timer = clock.setTimer(() => undefined, 30)
  clock.setTimer(() => undefined, 50)
  await clock.advance(10)
  expect(clock.next).toBe(20)
  timer.cancel()
  expect(clock.next).toBe(40)
})
