import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { json } from '../codec/json.ts'
import type { Headers, Incoming } from '../spi/messages.ts'
import { FAILURE_HEADERS, WIRE } from '../wire/names.ts'
import { failuresOf } from '../wire/read.ts'
import { deadLetterOf, errorText, redrivenOf, type Death } from './dead-letter.ts'
import { deadReason } from './dead-reason.ts'

function incomingOf(own: Partial<Incoming<unknown>>): Incoming<unknown> {
  return {
    receipt: 1,
    id: 'o-1',
    idSource: 'producer',
    body: Uint8Array.of(1, 2, 3),
    headers: {},
    key: undefined,
    level: undefined,
    attempt: 0,
    note: '',
    deliveries: 1,
    sentAt: 0,
    brokerTime: 0,
    leaseUntil: 0,
    native: undefined,
    ...own,
  }
}

const death: Death = {
  reason: 'attempts',
  error: new Error('declined'),
  attempts: 3,
  origin: 'orders',
  failedFirstAt: 10,
  failedLastAt: 20,
}

/** Anything that a handler can throw, hostile objects included. */
const thrown = fc.oneof(
  fc.anything({ withBigInt: true, withDate: true, withNullPrototype: true }),
  fc.string({ unit: 'binary', maxLength: 3000, size: 'max' }),
  fc.string({ unit: fc.nat(0xffff).map((code) => String.fromCharCode(code)), maxLength: 2000, size: 'max' }),
  fc.string({ unit: 'binary', maxLength: 3000, size: 'max' }).map((message) => new Error(message)),
  fc.record({ name: fc.anything(), message: fc.anything() }).map((own) => Object.assign(new Error('x'), own)),
)

function hostile(): unknown[] {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  const toString = (): never => {
    throw new Error('nested')
  }
  return [proxy, { toString }, Object.assign(new Error('x'), { name: Symbol('x') }), Symbol('x'), () => 1]
}

function isHeaderText(text: string): boolean {
  return Buffer.byteLength(text) <= 1024 && !CONTROL.test(text) && text.isWellFormed()
}

// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const CONTROL = /[\u0000-\u001f\u007f]/

test('dead.gains: the error text fits 1,024 bytes and a header, whatever was thrown', () => {
  fc.assert(
    fc.property(thrown, (error) => {
      expect(errorText(error)).toSatisfy(isHeaderText)
    }),
    { numRuns: 500 },
  )
  for (const error of hostile()) expect(errorText(error)).toSatisfy(isHeaderText)
})

test('dead.gains: what fits stays as it is; what does not keeps its beginning', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('a', 'é', '€', '🎉'), maxLength: 1500, size: 'max' }), (message) => {
      const text = errorText(message)
      const fits = Buffer.byteLength(message) <= 1024
      expect(fits ? text === message : text.endsWith('...') && message.startsWith(text.slice(0, -3))).toBe(true)
      // At most one character was cut that would have had room.
      expect(fits || Buffer.byteLength(text) > 1024 - 4).toBe(true)
    }),
    { numRuns: 500 },
  )
})

test.for<[unknown, string]>([
  [new TypeError('no total'), 'TypeError: no total'],
  [new TypeError(''), 'TypeError'],
  ['plain text', 'plain text'],
  ['two\r\nlines\u0000and\u007fmore', 'two lines and more'],
  [undefined, 'undefined'],
  [Object.create(null), 'a value that cannot be shown'],
])('dead.gains: %o reads %s', ([error, text]) => {
  expect(errorText(error)).toBe(text)
})

const headers: fc.Arbitrary<Headers> = fc.dictionary(
  fc.constantFrom('anymq-future', 'anymq-hop', 'anymq-x', 'anymq-type', 'content-type', 'traceparent', 'x-tenant', 'a'),
  fc.string(),
  { noNullPrototype: true },
)
const incoming = fc
  .record({
    id: fc.string({ minLength: 1 }),
    body: fc.option(fc.uint8Array()),
    headers,
    key: fc.option(fc.string(), { nil: undefined }),
    level: fc.option(fc.string(), { nil: undefined }),
    attempt: fc.nat(50),
  })
  .map(incomingOf)

test('dead.keeps, wire.unknown-kept: body, id, key, priority and every header that was there', () => {
  fc.assert(
    fc.property(incoming, (message) => {
      const dead = deadLetterOf(message, death)
      expect([dead.id, dead.key, dead.level]).toEqual([message.id, message.key, message.level])
      expect(Buffer.from(dead.body).equals(message.body ?? new Uint8Array(0))).toBe(true)
      expect(dead.headers).toMatchObject(message.headers)
      expect(dead.headers).toMatchObject({
        [WIRE.reason]: 'attempts',
        [WIRE.error]: 'Error: declined',
        [WIRE.attempt]: '3',
        [WIRE.origin]: 'orders',
        [WIRE.failedFirstAt]: '10',
        [WIRE.failedLastAt]: '20',
        [WIRE.id]: message.id,
        [WIRE.version]: '1',
      })
    }),
  )
})

test('send.id-constant: a message that has an id on paper keeps it, a foreign one gets the one that it was handled under', () => {
  expect(
    deadLetterOf(incomingOf({ id: 'a', headers: { [WIRE.id]: 'a', [WIRE.version]: '1' } }), death).headers,
  ).toMatchObject({ [WIRE.id]: 'a' })
  expect(redrivenOf(incomingOf({ id: 'broker-7', headers: { 'x-tenant': 'b' } })).headers).toMatchObject({
    [WIRE.id]: 'broker-7',
    [WIRE.version]: '1',
    'x-tenant': 'b',
  })
})

test('dead.foreign: the time of the send goes with a foreign message, wherever it is forwarded to', () => {
  const sentAt = (message: Partial<Incoming<unknown>>): (string | undefined)[] =>
    [deadLetterOf(incomingOf(message), death), redrivenOf(incomingOf(message))].map((to) => to.headers[WIRE.sentAt])
  expect(sentAt({ sentAt: 1_767_225_600_000.5 })).toEqual(Array(2).fill('1767225600000'))
  expect(sentAt({ sentAt: 7, headers: { [WIRE.id]: 'a', [WIRE.version]: '1' } })).toEqual(['7', '7'])
  expect(sentAt({ sentAt: 7, headers: { [WIRE.sentAt]: '5' } })).toEqual(['5', '5'])
  // Where nobody knows it, nothing is made up.
  expect(sentAt({ sentAt: 0 })).toEqual([undefined, undefined])
})

test('redrive.resets, redrive.no-expiry, redrive.keeps: the failure comes off, one redrive comes on', () => {
  fc.assert(
    fc.property(incoming, fc.option(fc.nat(1000)), (message, before) => {
      const redriven = before === null ? {} : { [WIRE.redriven]: String(before) }
      const dead = deadLetterOf(
        incomingOf({ ...message, headers: { ...message.headers, ...redriven, [WIRE.expiresAt]: '99' } }),
        death,
      )
      const back = redrivenOf(incomingOf({ ...message, headers: dead.headers, attempt: 0 }))
      for (const name of [...FAILURE_HEADERS, WIRE.expiresAt]) expect(back.headers).not.toHaveProperty([name])
      expect(back.headers).toMatchObject({ ...message.headers, [WIRE.redriven]: String((before ?? 0) + 1) })
      expect(failuresOf(incomingOf({ headers: back.headers }))).toBe(0)
      expect([back.id, back.key, back.level, back.notBefore]).toEqual([message.id, message.key, message.level, 0])
      expect(Buffer.from(back.body).equals(message.body ?? new Uint8Array(0))).toBe(true)
    }),
  )
})

test('redrive.map: a repaired body brings its own content type and no foreign encoding', () => {
  const foreign = incomingOf({
    headers: { [WIRE.contentType]: 'application/xml', [WIRE.contentEncoding]: 'br', 'x-tenant': 'b' },
  })
  const back = redrivenOf(foreign, { bytes: Uint8Array.of(9), codec: json })
  expect(back.headers).toMatchObject({ [WIRE.contentType]: 'application/json', 'x-tenant': 'b' })
  expect(back.headers).not.toHaveProperty([WIRE.contentEncoding])
  expect([...back.body]).toEqual([9])
})

test('dead.reasons: what the broker or a stranger wrote is `unknown`', () => {
  const known = ['attempts', 'rejected', 'invalid', 'undecodable', 'expired', 'crashed'] as const
  expect(known.map(deadReason)).toEqual(known)
  expect([undefined, '', 'rejected ', 'maxlen', '__proto__', 'unknown'].map(deadReason)).toEqual(
    Array(6).fill('unknown'),
  )
})
