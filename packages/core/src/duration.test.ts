import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatDuration, parseDuration } from './duration.ts'

const SIZES = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

test('text is a decimal number and a unit, a number is milliseconds', () => {
  const amount = fc.oneof(
    fc.nat(),
    fc.nat(99_999).map((n) => n / 100),
  )
  const unit = fc.constantFrom('ms', 's', 'm', 'h', 'd')
  fc.assert(
    fc.property(amount, unit, (n, of) => {
      expect(parseDuration(`${n}${of}`)).toBe(n * SIZES[of])
      expect(parseDuration(n)).toBe(n)
    }),
  )
})

test('whatever else is given is no duration, and never an exception', () => {
  const almost = fc.constantFrom(
    '',
    ' ',
    '5',
    '-5s',
    '+5s',
    '5 s',
    ' 5s',
    '5s ',
    '5S',
    '5sec',
    '.5s',
    '5.s',
    '1e3ms',
    '0x1s',
    '٣s',
    '5s\n',
    'NaNs',
    'Infinityms',
    `${'9'.repeat(400)}d`,
  )
  fc.assert(
    fc.property(
      fc.oneof(almost, fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true })),
      (value) => {
        const ms = parseDuration(value)
        if (typeof value === 'number') expect(ms).toBe(value >= 0 && value < Infinity ? value : undefined)
        else if (typeof value !== 'string' || !/^\d+(\.\d+)?(ms|s|m|h|d)$/.test(value) || value.length > 300)
          expect(ms).toBeUndefined()
      },
    ),
  )
  expect([-1, Number.NaN, Infinity, -Infinity].map(parseDuration)).toEqual([undefined, undefined, undefined, undefined])
})

test('what is formatted for people parses back to within half a percent', () => {
  fc.assert(
    fc.property(fc.double({ min: 1, max: 1e12, noNaN: true }), (ms) => {
      const back = parseDuration(formatDuration(ms))!
      expect(Math.abs(back - ms) / ms).toBeLessThanOrEqual(0.005)
    }),
  )
  expect([0, 250, 1000, 90_000, 3_600_000, 1_209_600_000].map(formatDuration)).toEqual([
    '0ms',
    '250ms',
    '1s',
    '1.5m',
    '1h',
    '14d',
  ])
})
