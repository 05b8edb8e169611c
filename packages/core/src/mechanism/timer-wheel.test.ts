import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TestClock } from '../testing/test-clock.ts'
import { TimerWheel } from './timer-wheel.ts'
import { WakeUp } from './wake-up.ts'

const TICK = 10
/** One turn of the wheel. */
const REVOLUTION = 10_240

type Step = { readonly entry: number } & ({ readonly set: number } | { readonly clear: true } | { readonly advance: number })

const entry = fc.nat(7)
const quarter = (max: number): fc.Arbitrary<number> => fc.nat(max * 4).map((n) => n / 4)
const time = fc.oneof(quarter(40), quarter(500), quarter(4 * REVOLUTION))
const steps = fc.array(
  fc.oneof(
    { arbitrary: fc.record({ entry, set: time }), weight: 4 },
    { arbitrary: fc.record({ entry, clear: fc.constant(true as const) }), weight: 1 },
    { arbitrary: fc.record({ entry, advance: time }), weight: 3 },
  ),
  { maxLength: 30 },
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

test('close.exits: stop forgets everything and leaves no timer', async () => {
  const clock = new TestClock()
  const wheel = new TimerWheel(clock)
  const fired: number[] = []
  for (const ms of [0, 5, 5, 70, REVOLUTION + 70, 50 * REVOLUTION]) wheel.set(new WakeUp(() => fired.push(ms)), ms)
  wheel.stop()
  expect([wheel.size, clock.timers]).toEqual([0, 0])
  await clock.advance(100 * REVOLUTION)
  expect(fired).toEqual([])
  wheel.set(new WakeUp(() => fired.push(1)), 1)
  await clock.advance(20)
  expect(fired).toEqual([1])
})

test('consume.idle: a far deadline wakes the process once per turn of the wheel at most', async () => {
  const clock = new TestClock()
  const wheel = new TimerWheel(clock)
  let wakeUps = 0
  const counted = { ...clock, now: () => clock.now(), monotonic: () => clock.monotonic(), setTimer: (fn: () => void, ms: number) => clock.setTimer(() => (wakeUps++, fn()), ms) }
  const far = new TimerWheel(counted as TestClock)
  far.set(new WakeUp(() => undefined), 3_600_000)
  await clock.advance('2h')
  expect(wakeUps).toBeLessThanOrEqual(Math.ceil(3_600_000 / REVOLUTION))
  expect(wheel.size).toBe(0)
})
