import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bytes } from './bytes.ts'
import type { Codec } from './codec.ts'
import { json } from './json.ts'
import { changedByCodec } from './round-trip.ts'
import { text } from './text.ts'

const check = (codec: Codec, body: unknown): string | undefined => changedByCodec(codec, body, codec.encode(body))

test('send.round-trip: no false alarm on anything that JSON carries', () => {
  fc.assert(fc.property(fc.jsonValue(), (body) => check(json, body) === undefined))
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (body) => check(text, body) === undefined))
  fc.assert(fc.property(fc.uint8Array(), (body) => check(bytes, body) === undefined))
})

test('send.round-trip: no false alarm on absent and undefined properties, -0, null prototypes and objects of another realm', () => {
  for (const body of [
    { a: undefined, b: 1 },
    { a: -0 },
    Object.assign(Object.create(null), { a: 1 }),
    runInNewContext('({ a: [{ b: 1 }] })'),
    JSON.parse('{"__proto__":1}'),
  ]) {
    expect(check(json, body)).toBeUndefined()
  }
})

class Customer {
  readonly name = 'x'
}

/** What JSON changes without a word, and how the sentence names it. */
const silent: readonly (readonly [unknown, string])[] = [
  [Number.NaN, 'NaN'],
  [Infinity, 'Infinity'],
  [new Map([['a', 1]]), 'an instance of Map'],
  [new Set([1]), 'an instance of Set'],
  [new Date(0), 'an instance of Date'],
  [/x/, 'an instance of RegExp'],
  [new Customer(), 'an instance of Customer'],
  [Object.create({ inherited: 1 }), 'an instance of Object'],
  [new Number(5), 'an instance of Number'],
  [new Uint8Array(2), 'an instance of Uint8Array'],
]

test('send.round-trip: a planted change is found wherever it is, and its path is named', () => {
  const step = fc.oneof(
    fc.nat(4),
    fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 8 })
      .filter((key) => key !== 'toJSON' && key !== '__proto__'),
  )
  fc.assert(
    fc.property(
      fc.constantFrom(...silent),
      fc.array(step, { maxLength: 8, size: 'max' }),
      fc.array(fc.jsonValue(), { minLength: 1, maxLength: 5 }),
      ([planted, name], path, siblings) => {
        const body = path.reduceRight<unknown>((inner, at, depth) => {
          const sibling = siblings.at(depth % siblings.length)
          if (typeof at === 'string') return { before: sibling, [at]: inner, after: sibling }
          return [...Array<unknown>(at).fill(sibling), inner, sibling]
        }, planted)
        const where = `body${path.map((at) => (typeof at === 'number' ? `[${at}]` : `.${at}`)).join('')}`
        const found = check(json, body)
        expect(found?.startsWith(`${where} is ${name}`)).toBe(true)
      },
    ),
  )
})

test.for<[unknown, string]>([
  [[undefined], 'body[0] is undefined and would arrive as null'],
  [{ a: () => 1 }, 'body.a is a function and would arrive as undefined'],
  [{ a: Symbol('x') }, 'body.a is a symbol and would arrive as undefined'],
  [{ a: { toJSON: () => ({ toJSON: 1 }) } }, 'body.a has a toJSON method, so something else travels'],
])('send.round-trip: %o: %s', ([body, sentence]) => {
  expect(check(json, body)).toBe(sentence)
})
