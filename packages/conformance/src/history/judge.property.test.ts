import fc from 'fast-check'
import { expect, test } from 'vitest'
import { corruptions } from '../../test/corrupted.ts'
import { Simulated, type Step } from '../../test/simulated.ts'
import { setting, Written } from '../../test/written.ts'
import type { Fact } from './facts.ts'
import { judge } from './judge.ts'

const ORDERED = setting({ ordered: true, attempts: 3 })

const worker = fc.constantFrom('b' as const, 'c' as const)
const anyOf = fc.nat(20)
const duration = fc.constantFrom(0, 0, 5, 500)

const peaceful: fc.Arbitrary<Step> = fc.oneof(
  {
    arbitrary: fc.record({
      do: fc.constant('send' as const),
      by: fc.constantFrom('a' as const, 'd' as const),
      key: fc.constantFrom('k' as const, 'l' as const, undefined),
      delay: duration,
    }),
    weight: 3,
  },
  { arbitrary: fc.record({ do: fc.constant('start' as const), by: worker, pick: anyOf }), weight: 4 },
  {
    arbitrary: fc.record({
      do: fc.constant('end' as const),
      pick: anyOf,
      verb: fc.constantFrom('ack', 'ack', 'retry', 'defer', 'dead-letter'),
      after: duration,
      isAwaited: fc.boolean(),
    }),
    weight: 4,
  },
  { arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(5, 500) }), weight: 1 },
)
const violent: fc.Arbitrary<Step> = fc.oneof(
  { arbitrary: peaceful, weight: 10 },
  { arbitrary: fc.record({ do: fc.constant('kill' as const), by: worker }), weight: 1 },
  { arbitrary: fc.constant({ do: 'redrive' as const }), weight: 1 },
)

function program(step: fc.Arbitrary<Step>): fc.Arbitrary<Step[]> {
  return fc.array(step, { maxLength: 60, size: 'max' })
}

function simulated(steps: readonly Step[]): readonly Fact[] {
  const queue = new Simulated()
  for (const step of steps) queue.do(step)
  queue.finish()
  return queue.written.facts
}

test('a queue that keeps its promises is accused of nothing, whatever happens to it', () => {
  fc.assert(
    fc.property(program(violent), fc.nat(100), (steps, share) => {
      const facts = simulated(steps)
      expect(judge(facts, ORDERED, true)).toEqual([])
      expect(judge(facts, { ...ORDERED, ack: 'sent', grain: 2 }, true)).toEqual([])
      expect(judge(facts.slice(0, (facts.length * share) / 100), ORDERED, false)).toEqual([])
    }),
    { numRuns: 300 },
  )
})

test.for(Object.entries(corruptions))('one thing is wrong, and it is found: %s', ([, corrupt]) => {
  let found = 0
  fc.assert(
    fc.property(program(peaceful), anyOf, (steps, pick) => {
      const corrupted = corrupt(simulated(steps), pick)
      if (corrupted === undefined) return
      found++
      expect(judge(corrupted.facts, ORDERED, true).map(({ rule }) => rule)).toContain(corrupted.rule)
    }),
    { numRuns: 100 },
  )
  expect(found).toBeGreaterThan(10)
})

test('a history of ten thousand messages is judged at once', () => {
  const written = new Written()
  for (let n = 0; n < 10_000; n++) written.send(`m${n}`, { key: `k${n % 50}` })
  for (let n = 0; n < 10_000; n++) written.settle(`m${n}`, { by: n % 2 === 0 ? 'b' : 'c' })
  const from = performance.now()
  expect(judge(written.facts, ORDERED, true)).toEqual([])
  // It takes a tenth of this; what grows with the square of its length takes far more.
  expect(performance.now() - from).toBeLessThan(2000)
})
