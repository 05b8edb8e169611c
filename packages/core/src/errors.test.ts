import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MqError, problemsError, SendError, textOf, toMqError, type FailedItem } from './errors.ts'

/** What handlers, schemas and clients throw. */
function hostile(): unknown[] {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  const fail = (): never => {
    throw new Error('nested')
  }
  const trapped = new Proxy({}, { get: fail, has: fail, getPrototypeOf: fail })
  return [
    proxy,
    trapped,
    { toString: fail },
    Object.create(null),
    Object.defineProperty(new Error('x'), 'message', { get: fail }),
    Symbol('x'),
  ]
}

test('error.shape, error.none-unhandled: whatever was thrown becomes an MqError with a text, its cause kept', () => {
  const check = (thrown: unknown): void => {
    const error = toMqError(thrown, 'MQ_INVALID', true)
    expect(MqError.is(error, 'MQ_INVALID') && error.retryable).toBe(true)
    expect(typeof textOf(thrown)).toBe('string')
    expect(error.cause).toBe(thrown)
  }
  fc.assert(fc.property(fc.anything(), check))
  for (const thrown of hostile()) check(thrown)
  const already = new MqError('MQ_SEND', 'x')
  expect(toMqError(already, 'MQ_INVALID')).toBe(already)
})

test('error.shape: recognised by brand and code, also when another copy of the library made it', () => {
  const other = Object.assign(new Error('x'), { [Symbol.for('anymq.error')]: true, code: 'MQ_SEND' })
  for (const error of [new MqError('MQ_SEND', 'x'), other])
    expect([MqError.is(error), MqError.is(error, 'MQ_SEND'), MqError.is(error, 'MQ_CLOSED')]).toEqual([
      true,
      true,
      false,
    ])
  for (const none of [new Error('MQ_SEND'), { code: 'MQ_SEND' }, null, undefined, 'MQ_SEND', ...hostile()])
    expect(MqError.is(none)).toBe(false)
})

test('error.shape: the fields have defaults, and the brand does not show', () => {
  const error = new MqError('MQ_DENIED', 'no')
  expect(error).toMatchObject({ name: 'MqError', code: 'MQ_DENIED', message: 'no', retryable: false, problems: [] })
  expect([error.adapter, error.destination, 'cause' in error]).toEqual([undefined, undefined, false])
  expect(Object.keys(error)).not.toContain('anymq.error')
})

test('define.all-problems: many problems are one error, each on a line of its own', () => {
  const problems = [
    { path: 'a', message: 'is 1; give 2' },
    { path: 'b.c', message: 'is unknown' },
  ]
  const error = problemsError('MQ_CONFIG', 'It cannot be:', problems)
  expect([error.message, error.problems]).toEqual(['It cannot be:\n  - a: is 1; give 2\n  - b.c: is unknown', problems])
})

test('send.not-sent-or-unknown: a batch is unknown as soon as one item is, and retryable only if all are', () => {
  const item = fc.record({ outcome: fc.constantFrom('not-sent' as const, 'unknown' as const), retryable: fc.boolean() })
  fc.assert(
    fc.property(fc.array(item, { minLength: 1 }), fc.nat(3), (items, sent) => {
      const failed = items.map(({ outcome, retryable }, index): FailedItem => ({
        index,
        id: `o-${index}`,
        outcome,
        error: new MqError('MQ_THROTTLED', 'full', { retryable, adapter: 'fake' }),
      }))
      const error = new SendError(
        Array.from({ length: sent }, (_, i) => `s-${i}`),
        failed,
        'orders',
      )
      expect(error.outcome).toBe(items.some(({ outcome }) => outcome === 'unknown') ? 'unknown' : 'not-sent')
      expect(error.retryable).toBe(items.every(({ retryable }) => retryable))
      expect(error).toMatchObject({
        code: 'MQ_SEND',
        adapter: 'fake',
        destination: 'orders',
        cause: { code: 'MQ_THROTTLED' },
      })
      expect(error.message).toContain(
        sent + items.length === 1
          ? 'message o-0 to "orders"'
          : `${items.length} of ${sent + items.length} messages, first o-0 to "orders"`,
      )
      expect(error.message).toMatch(error.outcome === 'unknown' ? /may have it/ : /does not have it/)
    }),
  )
})
