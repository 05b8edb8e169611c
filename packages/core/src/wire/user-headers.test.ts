import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isReserved, WIRE } from './names.ts'
import { headerProblems, userHeaders } from './user-headers.ts'

// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const CONTROL = /[\u0000-\u001f\u007f]/

/** The limits in the words of `wire.user-headers`. */
function isAllowed(headers: Record<string, unknown>): boolean {
  const entries = Object.entries(headers)
  const bytes = entries
    .flat()
    .reduce<number>((sum, part) => sum + (typeof part === 'string' ? Buffer.byteLength(part) : 0), 0)
  return entries.length <= 32 && bytes <= 8192 && entries.every(([name, value]) => isAllowedEntry(name, value))
}

function isAllowedEntry(name: string, value: unknown): boolean {
  if (!/^[a-z0-9][a-z0-9-]*$/.test(name) || name.length > 64) return false
  if (name.startsWith('anymq-') || ['content-type', 'content-encoding', 'traceparent', 'tracestate'].includes(name))
    return false
  return typeof value === 'string' && value.isWellFormed() && !CONTROL.test(value) && Buffer.byteLength(value) <= 1024
}

const goodName = fc
  .string({ unit: fc.constantFrom(...'az09-'), minLength: 1, maxLength: 64 })
  .filter((name) => !name.startsWith('-'))
const anyName = fc.oneof(
  { arbitrary: goodName, weight: 30 },
  fc.constantFrom(
    'anymq-id',
    'anymq-x',
    'anymq',
    'content-type',
    'tracestate',
    '-a',
    'a'.repeat(64),
    'a'.repeat(65),
    'A',
    'a.b',
    '',
    'é',
    '__proto__',
    'constructor',
  ),
)
const goodValue = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.constantFrom('x'.repeat(1024), '€'.repeat(341), ''),
)
const anyValue = fc.oneof(
  { arbitrary: goodValue, weight: 30 },
  fc.constantFrom<unknown>(
    'x'.repeat(1025),
    '€'.repeat(342),
    'a\tb',
    'a\r\nb',
    '\u007f',
    '\u0085',
    '\ud800',
    5,
    null,
    undefined,
    true,
    {},
    ['a'],
  ),
)
const anyHeaders = fc.oneof(
  fc.dictionary(anyName, anyValue, { maxKeys: 10 }),
  fc.dictionary(goodName, goodValue, { minKeys: 25, maxKeys: 40 }),
  fc.dictionary(goodName, fc.constantFrom('x'.repeat(1000), 'x'.repeat(900)), { minKeys: 6, maxKeys: 10 }),
)

test('wire.user-headers: accepted if and only if within the limits, and each problem names its header', () => {
  let accepted = 0
  let refused = 0
  fc.assert(
    fc.property(anyHeaders, (headers) => {
      const problems = headerProblems(headers)
      expect(problems.length === 0).toBe(isAllowed(headers))
      if (problems.length === 0) accepted++
      else refused++
      const wrong = Object.entries(headers).filter(([name, value]) => !isAllowedEntry(name, value))
      expect(problems.map(({ path }) => path).filter((path) => path !== 'headers')).toEqual(
        wrong.map(([name]) => `headers[${JSON.stringify(name)}]`),
      )
    }),
    { numRuns: 500 },
  )
  expect([accepted > 50, refused > 50]).toEqual([true, true])
})

test('wire.user-headers: 32 headers and 8,192 bytes are allowed, and not one more', () => {
  const headers = (count: number, bytes: number): Record<string, string> =>
    Object.fromEntries(
      Array.from({ length: count }, (_, index) => [
        `h${String(index).padStart(3, '0')}`,
        'x'.repeat(Math.floor(bytes / count) - 4 + (index < bytes % count ? 1 : 0)),
      ]),
    )
  expect([headerProblems(headers(32, 200)), headerProblems(headers(8, 8192))]).toEqual([[], []])
  expect(headerProblems(headers(33, 200))).toEqual([{ path: 'headers', message: 'has 33 entries; 32 are allowed' }])
  expect(headerProblems(headers(9, 8193))).toEqual([
    {
      path: 'headers',
      message: expect.stringContaining('has 8193 bytes of names and values; 8192 are allowed') as string,
    },
  ])
})

test.for<[string, unknown, RegExp]>([
  ['a Map', new Map([['a', 'b']]), /is an object; give a plain object/],
  ['fetch Headers', new Headers({ a: 'b' }), /is an object; give a plain object/],
  ['an array', [['a', 'b']], /is an array of 1; give a plain object/],
  ['null', null, /is null; give a plain object/],
  ['text', 'a: b', /is "a: b"; give a plain object/],
  [
    'a getter that throws',
    {
      get a() {
        throw new Error('no')
      },
    },
    /cannot be read: no/,
  ],
])('wire.user-headers: %s is refused, not passed over', ([, headers, message]) => {
  expect(headerProblems(headers)).toEqual([
    { path: expect.stringMatching(/^headers/) as string, message: expect.stringMatching(message) as string },
  ])
})

test('wire.headers: a reader sees what a sender or a stranger set, and nothing of the library', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.oneof(goodName, fc.constantFrom(...Object.values(WIRE))), goodValue), (wire) => {
      const seen = userHeaders(wire)
      expect(Object.entries(seen)).toEqual(Object.entries(wire).filter(([name]) => !isReserved(name)))
      expect(Object.isFrozen(seen)).toBe(true)
    }),
  )
  expect(userHeaders(JSON.parse('{"__proto__":"x"}') as Record<string, string>)['__proto__']).toBe('x')
})

test('wire.frozen: these names and no others', () => {
  expect(Object.values(WIRE).toSorted()).toEqual(
    [
      ...[
        'v',
        'id',
        'type',
        'key',
        'level',
        'attempt',
        'sent-at',
        'due-at',
        'expires-at',
        'dedupe-id',
        'origin',
        'reason',
        'error',
      ].map((name) => `anymq-${name}`),
      ...['failed-first-at', 'failed-last-at', 'redriven', 'hop', 'correlation-id', 'causation-id', 'reply-to'].map(
        (name) => `anymq-${name}`,
      ),
      ...['content-type', 'content-encoding', 'traceparent', 'tracestate'],
    ].toSorted(),
  )
})
