import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TestClock } from '../testing/test-clock.ts'
import type { Clock } from './clock.ts'
import { TimerWheel } from './timer-wheel.ts'
import { WakeUp } from './wake-up.ts'

const TICK = 10
/** One turn of the wheel. */
const REVOLUTION = 10_240

const entry = fc.nat(7)
const quarter = (max: number): fc.Arbitrary<number> => fc.nat(max * 4).map((n) => n / 4)
const time = fc.oneof(quarter(40), quarter(500), quarter(4 * REVOLUTION))
const steps = fc.array(
  fc.oneof(
    { arbitrary: fc.record({ entry, set: time }), weight: 4 },
    { arbitrary: fc.record({ entry, clear: fc.constant(true as const) }), weight: 1 },
    { arbitrary: fc.record({ entry, advance: time }), weight: 3 },
  ),
  { maxLength: 30, size: 'max' },
)
/** What an entry does to another when its time comes: nothing, set it (or itself) anew, or clear it. */
const reactions = fc.array(fc.option(fc.record({ entry, set: fc.option(time) })), { minLength: 8, maxLength: 8 })

test('never early, late by one tick at most, and what was cleared or moved does not fire', async () => {
  await fc.assert(
    fc.asyncProperty(steps, reactions, async (script, plan) => {
      const clock = new TestClock()
      const wheel = new TimerWheel(clock)
      const due = new Map<number, number>()
      let reactionsLeft = 20
      const set = (index: number, ms: number): void => {
        due.set(index, clock.monotonic() + ms)
        wheel.set(entries.at(index)!, ms)
      }
      const clear = (index: number): void => {
        due.delete(index)
        wheel.clear(entries.at(index)!)
      }
      const entries = plan.map((reaction, index) => {
        const expire = (): void => {
          const late = clock.monotonic() - (due.get(index) ?? Number.NaN)
          expect(late).toBeGreaterThanOrEqual(0)
          expect(late).toBeLessThanOrEqual(TICK)
          due.delete(index)
          if (reaction === null || reactionsLeft-- <= 0) return
          if (reaction.set === null) clear(reaction.entry)
          else set(reaction.entry, reaction.set)
        }
        return new WakeUp(expire)
      })
      for (const step of script) {
        if ('set' in step) set(step.entry, step.set)
        else if ('clear' in step) clear(step.entry)
        else await clock.advance(step.advance)
        const overdue = [...due.values()].filter((at) => at + TICK < clock.monotonic())
        expect([overdue, wheel.size]).toEqual([[], due.size])
      }
      await clock.advance(100 * REVOLUTION)
      expect([due.size, wheel.size, clock.timers]).toEqual([0, 0, 0])
    }),
    { numRuns: 60 },
  )
})

test('what falls due together expires in the order in which it was set', async () => {
  const clock = new TestClock()
  const wheel = new TimerWheel(clock)
  const fired: number[] = []
  for (let i = 0; i < 50; i++) wheel.set(new WakeUp(() => fired.push(i)), 100)
  await clock.advance(110)
  expect(fired).toEqual(Array.from({ length: 50 }, (_, i) => i))
})

test('entries that fall due together may clear and move each other', async () => {
  const clock = new TestClock()
  const wheel = new TimerWheel(clock)
  const fired: string[] = []
  const cleared = new WakeUp(() => fired.push('cleared'))
  const moved = new WakeUp(() => fired.push(`moved ${clock.monotonic()}`))
  const first = new WakeUp(() => {
    wheel.clear(cleared)
    wheel.set(moved, 1000)
  })
  for (const each of [first, cleared, moved]) wheel.set(each, 50)
  await clock.advance('10s')
  expect(fired).toEqual(['moved 1050'])
})

test('close.exits: stop forgets everything, for good, and leaves no timer', async () => {
  const clock = new TestClock()
  const wheel = new TimerWheel(clock)
  const fired: number[] = []
  for (const ms of [0, 5, 5, 70, REVOLUTION + 70, 50 * REVOLUTION]) wheel.set(new WakeUp(() => fired.push(ms)), ms)
  wheel.stop()
  expect([wheel.size, clock.timers]).toEqual([0, 0])
  // What is still running at a close sets timers on its way out.
  wheel.set(new WakeUp(() => fired.push(1)), 1)
  expect(clock.timers).toBe(0)
  await clock.advance(20)
  expect(fired).toEqual([])
})

/** Time that moves without timers: what a blocked event loop looks like. */
function stalledClock(): { readonly clock: Clock; readonly wake: (at: number) => void } {
  let now = 0
  let waiting: (() => void) | undefined
  const setTimer = (fn: () => void): { cancel: () => void } => {
    waiting = fn
    return { cancel: () => void (waiting = undefined) }
  }
  const wake = (at: number): void => {
    now = at
    waiting?.()
  }
  return { clock: { now: () => now, monotonic: () => now, setTimer, soon: (fn) => fn() }, wake }
}

test('after a stall everything that is due expires, and nothing that is not', () => {
  fc.assert(
    fc.property(fc.array(quarter(5 * REVOLUTION), { minLength: 1 }), quarter(5 * REVOLUTION), (times, stall) => {
      const { clock, wake } = stalledClock()
      const wheel = new TimerWheel(clock)
      const fired: number[] = []
      for (const ms of times) wheel.set(new WakeUp(() => fired.push(ms)), ms)
      wake(stall)
      expect(fired.filter((ms) => ms > stall)).toEqual([])
      expect(fired.length).toBeGreaterThanOrEqual(times.filter((ms) => ms + TICK <= stall).length)
      expect(wheel.size).toBe(times.length - fired.length)
    }),
  )
})

test('consume.idle: a far deadline wakes the process once per turn of the wheel at most', async () => {
  const clock = new TestClock()
  let wakeUps = 0
  const counting: Clock = {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    soon: (fn) => clock.soon(fn),
    setTimer: (fn, ms) => clock.setTimer(() => (wakeUps++, fn()), ms),
  }
  const wheel = new TimerWheel(counting)
  wheel.set(new WakeUp(() => undefined), 1_000_000)
  await clock.advance('1h')
  expect([wheel.size, wakeUps <= Math.ceil(1_000_000 / REVOLUTION)]).toEqual([0, true])
})
