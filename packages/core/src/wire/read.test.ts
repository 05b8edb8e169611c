import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Headers, Incoming } from '../spi/messages.ts'
import { failuresOf, numberOf, sentAtOf, unknownVersion } from './read.ts'
import { causeHeaders } from './trace.ts'

const incoming = (headers: Headers, attempt = 0, sentAt = 0): Incoming<unknown> =>
  ({ headers, attempt, sentAt }) as Incoming<unknown>

test('a number in a header is a whole number from 0; whatever a stranger wrote instead is none', () => {
  fc.assert(
    fc.property(
      fc.nat(Number.MAX_SAFE_INTEGER).filter((n) => n < 1e15),
      (n) => numberOf(String(n)) === n,
    ),
  )
  const strange = fc.oneof(
    fc.string(),
    fc.constantFrom('', ' 1', '1 ', '1.5', '-1', '+1', '0x1', '1e3', 'NaN', '1'.repeat(16), '1\n', '١'),
  )
  fc.assert(fc.property(strange, (text) => /^[0-9]{1,15}$/.test(text) || numberOf(text) === undefined))
  expect(numberOf(undefined)).toBeUndefined()
})

test('retry.count-travels: failures are what the broker kept or the message carries, whichever is more', () => {
  fc.assert(
    fc.property(
      fc.nat(100),
      fc.nat(100),
      (kept, carried) => failuresOf(incoming({ 'anymq-attempt': String(carried) }, kept)) === Math.max(kept, carried),
    ),
  )
  expect([failuresOf(incoming({}, 3)), failuresOf(incoming({ 'anymq-attempt': 'many' }, 3))]).toEqual([3, 3])
})

test('dead.foreign: the time of a send is the sender’s word, else the broker’s', () => {
  expect(
    [
      incoming({ 'anymq-sent-at': '5' }, 0, 9),
      incoming({}, 0, 9),
      incoming({ 'anymq-sent-at': 'yesterday' }, 0, 9),
    ].map(sentAtOf),
  ).toEqual([5, 9, 9])
})

test('wire.unknown-version: version 1 and foreign messages are read, anything else waits', () => {
  expect(
    [{}, { 'anymq-v': '1' }, { 'anymq-v': '2' }, { 'anymq-v': '' }].map((headers) =>
      unknownVersion(incoming(headers as Headers)),
    ),
  ).toEqual([undefined, undefined, '2', ''])
})

test('an effect names its cause; correlation and trace go on from the first message', () => {
  expect(causeHeaders({ id: 'a', wire: {} })).toEqual({ 'anymq-correlation-id': 'a', 'anymq-causation-id': 'a' })
  expect(
    causeHeaders({
      id: 'b',
      wire: { 'anymq-correlation-id': 'a', traceparent: 't', tracestate: 's', 'anymq-attempt': '3' },
    }),
  ).toEqual({
    'anymq-correlation-id': 'a',
    'anymq-causation-id': 'b',
    traceparent: 't',
    tracestate: 's',
  })
})
