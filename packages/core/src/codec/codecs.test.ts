import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bytes } from './bytes.ts'
import type { Codec } from './codec.ts'
import { json } from './json.ts'
import { text } from './text.ts'

const utf16 = fc.string({ unit: fc.nat(0xffff).map((code) => String.fromCharCode(code)) })
const valid = fc.string({ unit: 'binary' })

test('define.codecs: json carries any JSON value, lone surrogates and odd keys included', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.jsonValue(),
        fc.dictionary(utf16, utf16, { noNullPrototype: true }),
        fc.constantFrom<unknown>(JSON.parse('{"__proto__":{"a":1}}'), '\ufeff', -0),
      ),
      (body) => {
        const back = json.decode(json.encode(body))
        expect(JSON.stringify(back)).toBe(JSON.stringify(body))
        expect(back).toEqual(Object.is(body, -0) ? 0 : JSON.parse(JSON.stringify(body)))
      },
    ),
  )
})

test('define.codecs: text carries any well-formed string and refuses every other', () => {
  fc.assert(
    fc.property(fc.oneof(valid, utf16), (body) => {
      if (body.isWellFormed()) expect(text.decode(text.encode(body))).toBe(body)
      else expect(() => text.encode(body)).toThrow(/lone surrogate/)
    }),
  )
  expect(text.decode(text.encode('\ufeffBOM \u0000 größe 🎉'))).toBe('\ufeffBOM \u0000 größe 🎉')
})

test('send.snapshot, dead.keeps: bytes travel as they are, as a copy', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 5000, size: 'max' }), fc.nat(20), (body, from) => {
      const view = body.subarray(Math.min(from, body.length))
      const encoded = bytes.encode(view)
      const before = [...view]
      body.fill(0xee)
      expect([...(bytes.decode(encoded) as Uint8Array)]).toEqual(before)
    }),
  )
})

test('dead.bad-input: bytes are decoded to exactly the text that they are, or refused: never replaced in silence', () => {
  const almost = fc
    .tuple(fc.uint8Array({ maxLength: 6 }), valid, fc.uint8Array({ maxLength: 6 }))
    .map(([a, b, c]) => Buffer.concat([a, Buffer.from(b), c]))
  fc.assert(
    fc.property(fc.oneof(almost, fc.uint8Array()), fc.boolean(), (body, asView) => {
      const input = asView ? new Uint8Array(body) : Buffer.from(body)
      const decoded = decodedBy(text, input)
      const isValid = isUtf8(input)
      expect(decoded).toBe(
        isValid
          ? new TextDecoder('utf-8', { ignoreBOM: true }).decode(input)
          : 'TypeError: the bytes are not UTF-8 text',
      )
      if (!isValid) expect(decodedBy(json, input)).toBe('TypeError: the bytes are not UTF-8 text')
    }),
    { numRuns: 500 },
  )
})

test.for<[Codec, unknown, RegExp]>([
  [json, undefined, /JSON cannot carry undefined/],
  [json, () => 1, /JSON cannot carry function/],
  [json, Symbol('x'), /JSON cannot carry symbol/],
  [json, 5n, /BigInt/],
  [text, null, /carries strings, not null/],
  [text, 5, /carries strings, not number/],
  [text, Buffer.from('x'), /carries strings, not object/],
  [bytes, 'x', /carries a Uint8Array, not string/],
  [bytes, null, /carries a Uint8Array, not null/],
  [bytes, new ArrayBuffer(1), /carries a Uint8Array, not object/],
  [bytes, [1, 2], /carries a Uint8Array, not object/],
])('define.codecs: %o refuses what it cannot carry (%o)', ([codec, body, message]) => {
  expect(() => codec.encode(body)).toThrow(message)
})

test('define.codecs: each names its content type', () => {
  expect([json, text, bytes].map((codec) => [codec.kind, codec.contentType, Object.isFrozen(codec)])).toEqual([
    ['json', 'application/json', true],
    ['text', 'text/plain; charset=utf-8', true],
    ['bytes', 'application/octet-stream', true],
  ])
})

function decodedBy(codec: Codec, input: Uint8Array): unknown {
  try {
    return codec.decode(input)
  } catch (error) {
    return String(error)
  }
}

function isUtf8(input: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(input)
    return true
  } catch {
    return false
  }
}
