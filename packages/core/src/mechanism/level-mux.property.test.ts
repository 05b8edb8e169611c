import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LevelMux } from './level-mux.ts'

/** Serve `count` messages while every level has work; how many of each were served. */
function shares(mux: LevelMux, count: number): number[] {
  const served = Array.from({ length: mux.levels }, () => 0)
  for (let i = 0; i < count; i++) {
    const level = mux.next(() => true)
    mux.served(level)
    served[level]!++
  }
  return served
}

test('priority.policy: strict serves the most urgent level that has work, whatever came before', () => {
  fc.assert(
    fc.property(fc.array(fc.array(fc.boolean(), { minLength: 4, maxLength: 4 })), (steps) => {
      const mux = new LevelMux(4, 'strict')
      for (const work of steps) {
        const level = mux.next((each) => work[each]!)
        expect(level).toBe(work.indexOf(true))
        if (level >= 0) mux.served(level)
      }
    }),
  )
})

test('priority.policy: weighted gives each level four times as much as the next, and to every level something', () => {
  expect(shares(new LevelMux(2, 'weighted'), 100)).toEqual([80, 20])
  expect(shares(new LevelMux(3, 'weighted'), 2100)).toEqual([1600, 400, 100])
})

test('priority.late: after any history, urgent work that was away is served next', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 200 }), (history) => {
      const mux = new LevelMux(4, 'weighted')
      for (const level of history) {
        expect(mux.next((each) => each === level)).toBe(level)
        mux.served(level)
      }
      expect(mux.next(() => true)).toBe(0)
    }),
  )
})

test('priority.policy: whatever comes and goes, a level with work waits for a bounded number of others', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.boolean(), fc.boolean()), { minLength: 200, maxLength: 200 }),
      fc.integer({ min: 0, max: 150 }),
      (steps, from) => {
        const mux = new LevelMux(3, 'weighted')
        let waited = 0
        steps.forEach(([first, second], step) => {
          const work = [first, second, step >= from]
          const level = mux.next((each) => work[each]!)
          if (level < 0) return
          mux.served(level)
          waited = level === 2 ? 0 : step >= from ? waited + 1 : 0
          // 16 of the first and 4 of the second for each of the third, and one round that had begun.
          expect(waited).toBeLessThanOrEqual(2 * (16 + 4) + 1)
        })
      },
    ),
  )
})

test('order() is what next() would serve, level by level', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 3 })), (history) => {
      const mux = new LevelMux(4, 'weighted')
      for (const level of history) mux.served(level)
      const [first] = mux.order()
      expect(mux.next(() => true)).toBe(first)
      expect(mux.order().toSorted()).toEqual([0, 1, 2, 3])
    }),
  )
})
