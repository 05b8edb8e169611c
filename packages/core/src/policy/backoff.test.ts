import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MqError } from '../errors.ts'
import { seededRandomness } from '../testing/seeded-randomness.ts'
import { backoffMs, exponential, fixed, linear, type Backoff } from './backoff.ts'

const ms = fc.nat(1_000_000)
const attempt = fc.integer({ min: 1, max: 1_000_000 })
const ignored = new Error('the handler failed')

test('retry.backoff: exponential doubles from first up to max, linear adds a step up to max', () => {
  fc.assert(
    fc.property(ms, ms, attempt, (first, max, n) => {
      expect(exponential(first, max).base(n)).toBe(Math.min(max, first * 2 ** Math.min(n - 1, 60)))
      expect(linear(first, max).base(n)).toBe(Math.min(max, first * n))
    }),
  )
  const usual = exponential('1s', '5m')
  expect([1, 2, 3, 9, 10, 1_000_000].map((n) => usual.base(n))).toEqual([1000, 2000, 4000, 256_000, 300_000, 300_000])
})

test('retry.backoff: jitter lies between half and full, and reaches both; fixed has none', () => {
  fc.assert(
    fc.property(ms, attempt, fc.integer(), (first, n, seed) => {
      for (const schedule of [exponential(first, '1h'), linear(first, '1h')]) {
        const wait = backoffMs(schedule, ignored, n, seededRandomness(seed))
        expect(wait).toBeGreaterThanOrEqual(schedule.base(n) / 2)
        expect(wait).toBeLessThanOrEqual(schedule.base(n))
      }
      expect(backoffMs(fixed(first), ignored, n, seededRandomness(seed))).toBe(first)
    }),
  )
  const random = seededRandomness(1)
  const waits = Array.from({ length: 1000 }, () => backoffMs(exponential(1000, 1000), ignored, 1, random))
  expect([Math.min(...waits) < 510, Math.max(...waits) > 990]).toEqual([true, true])
})

test('retry.backoff: the same seed gives the same waits', () => {
  const run = (seed: number): number[] => {
    const random = seededRandomness(seed)
    return Array.from({ length: 20 }, (_, i) => backoffMs(exponential('1s', '5m'), ignored, i + 1, random))
  }
  expect(run(42)).toEqual(run(42))
  expect(run(42)).not.toEqual(run(43))
})

test('retry.backoff: a function sees the error and the attempt that failed, and its word stands', () => {
  const seen: unknown[] = []
  const backoff: Backoff = (error, n) => {
    seen.push(error, n)
    return n === 1 ? '2s' : 3
  }
  expect([1, 2].map((n) => backoffMs(backoff, ignored, n, seededRandomness(1)))).toEqual([2000, 3])
  expect(seen).toEqual([ignored, 1, ignored, 2])
})

const nonsense: unknown[] = [
  Number.NaN,
  -1,
  Infinity,
  '5 minutes',
  undefined,
  null,
  {},
  Symbol('x'),
  Object.create(null),
  Promise.resolve(1),
]

test.for(nonsense)('a wait of %o is refused, by name, from a maker, a function or a schedule of one’s own', (value) => {
  const wrong = value as number
  const ways: [string, () => unknown][] = [
    ['exponential(first)', () => exponential(wrong, 1)],
    ['exponential(max)', () => exponential(1, wrong)],
    ['linear(step)', () => linear(wrong, 1)],
    ['linear(max)', () => linear(1, wrong)],
    ['fixed(wait)', () => fixed(wrong)],
    ['retry.backoff', () => backoffMs(() => wrong, ignored, 1, seededRandomness(1))],
    ['retry.backoff', () => backoffMs({ jitter: true, base: () => wrong }, ignored, 1, seededRandomness(1))],
  ]
  for (const [field, call] of ways) {
    const error = errorOf(call)
    expect(MqError.is(error, 'MQ_CONFIG') && error.message).toContain(field)
  }
})

function errorOf(call: () => unknown): unknown {
  try {
    call()
    return undefined
  } catch (error) {
    return error
  }
}
