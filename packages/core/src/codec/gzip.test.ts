import { Buffer } from 'node:buffer'
import { gunzipSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bytes } from './bytes.ts'
import type { Codec } from './codec.ts'
import { gzip } from './gzip.ts'
import { json } from './json.ts'
import { changedByCodec } from './round-trip.ts'
import { text } from './text.ts'

test('define.gzip: gzip carries what its codec carries, packed, under its content type', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (body) => {
      const codec = gzip(json)
      const packed = codec.encode(body)
      expect(gunzipSync(packed)).toEqual(Buffer.from(json.encode(body)))
      expect(JSON.stringify(codec.decode(packed))).toBe(JSON.stringify(body))
      expect(changedByCodec(codec, body, packed)).toBeUndefined()
    }),
  )
  const codec = gzip(text)
  expect([codec.kind, codec.contentType, codec.contentEncoding, codec.limit, Object.isFrozen(codec)]).toEqual([
    'text',
    'text/plain; charset=utf-8',
    'gzip',
    16_777_216,
    true,
  ])
})

test('send.round-trip: what JSON would change is found through gzip too', () => {
  const codec = gzip(json)
  expect(changedByCodec(codec, { at: Number.NaN }, codec.encode({ at: Number.NaN }))).toBe(
    'body.at is NaN and would arrive as null',
  )
})

test('define.gzip: what is cut off or no gzip is refused, never half a body', () => {
  const packed = gzip(text).encode('größe '.repeat(1000))
  const refuses = (codec: Codec, input: Uint8Array): void => {
    expect(() => codec.decode(input)).toThrow()
  }
  fc.assert(fc.property(fc.nat(packed.length - 1), (length) => refuses(gzip(text), packed.subarray(0, length))))
  fc.assert(fc.property(fc.uint8Array(), (noise) => refuses(gzip(bytes), noise)))
})

test('define.gzip: the limit holds to the byte in both directions, and a bomb is not unpacked', () => {
  const codec = gzip(bytes, { limit: 1000 })
  expect(codec.decode(codec.encode(new Uint8Array(1000)))).toHaveLength(1000)
  expect(() => codec.encode(new Uint8Array(1001))).toThrow(/has 1001 bytes before packing; 1000 are allowed/)
  expect(() => codec.decode(gzipSync(new Uint8Array(1001)))).toThrow(/it unpacks to more than 1000 bytes/)
  const bomb = gzipSync(Buffer.alloc(256 * 1024 * 1024))
  const before = process.memoryUsage().arrayBuffers
  const start = performance.now()
  expect(() => codec.decode(bomb)).toThrow(/it unpacks to more than 1000 bytes/)
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1024 * 1024)
  expect(performance.now() - start).toBeLessThan(100)
})

test.for<[string, () => unknown, RegExp]>([
  ['no codec', () => gzip('json' as never), /codec: is no codec; give json, text, bytes or your own/],
  ['half a codec', () => gzip({ contentType: 'x' } as never), /codec: is no codec/],
  ['a packed one', () => gzip(gzip(json) as Codec), /codec: packs already \(gzip\); give the codec within/],
  ['limit 0', () => gzip(json, { limit: 0 }), /limit: is 0; give a whole number from 1 to 1073741824/],
  ['a text limit', () => gzip(json, { limit: '1MB' as never }), /limit: is "1MB"/],
  ['an unknown option', () => gzip(json, { level: 9 } as never), /level: is an unknown field; the fields are limit/],
  ['no options', () => gzip(json, null as never), /options: is null; give an object/],
])('error.shape: gzip refuses %s', ([, make, sentence]) => {
  expect(make).toThrow(
    expect.objectContaining({ code: 'MQ_CONFIG', message: expect.stringMatching(sentence) as string }),
  )
})
