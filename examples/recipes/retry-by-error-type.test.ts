import { testBroker } from '@anymq/adapter-memory/testing'
import { expect, onTestFinished, test } from 'vitest'
import { HttpError, invoices, invoicing } from './retry-by-error-type.ts'

/** The handler against a server that gives these answers, one after the other, then accepts. Notes when it was asked. */
async function asked(...answers: Error[]) {
  const times: number[] = []
  const t = await testBroker({
    handlers: [
      invoicing(async () => {
        times.push(t.clock.monotonic())
        const answer = answers.shift()
        if (answer !== undefined) throw answer
      }),
    ],
  })
  onTestFinished(() => t.close())
  return { t, times }
}

test('an error of the server or the net is tried again after the backoff', async () => {
  const { t, times } = await asked(new HttpError(429), new TypeError('fetch failed'))
  await t.broker.send(invoices, { id: 'i-1' })
  await t.waitFor(invoices, ({ body }) => body.id === 'i-1', 'acked')
  expect(times).toHaveLength(3)
  expect(times[1]! - times[0]!).toBeGreaterThanOrEqual(500)
  expect(times[2]! - times[1]!).toBeGreaterThanOrEqual(1000)
})

test('an error of ours is a dead letter after one run', async () => {
  const { t, times } = await asked(new HttpError(422))
  await t.broker.send(invoices, { id: 'i-1' })
  const dead = await t.waitFor(invoices, () => true, 'dead')
  expect([dead.reason, dead.error, times.length]).toEqual(['rejected', 'Error: the server answered 422', 1])
})

test('what can never succeed is a dead letter before the server is asked', async () => {
  const { t, times } = await asked()
  await t.broker.send(invoices, { id: '' })
  const dead = await t.waitFor(invoices, () => true, 'dead')
  expect([dead.reason, dead.error, times]).toEqual(['rejected', 'an invoice without a number', []])
})

test('429 with a time comes back then, and counts', async () => {
  const { t, times } = await asked(new HttpError(429, 120))
  await t.broker.send(invoices, { id: 'i-1' })
  await t.waitFor(invoices, () => true, 'acked')
  expect(times).toHaveLength(2)
  expect(times[1]! - times[0]!).toBeGreaterThanOrEqual(120_000)
})

test('six runs are the end', async () => {
  const { t, times } = await asked(...Array.from({ length: 9 }, () => new HttpError(500)))
  await t.broker.send(invoices, { id: 'i-1' })
  expect((await t.waitFor(invoices, () => true, 'dead')).reason).toBe('attempts')
  expect(times).toHaveLength(6)
})
