import { testBroker } from '@anymq/adapter-memory/testing'
import { handle } from '@anymq/core'
import { fakeMessage } from '@anymq/core/testing'
import { expect, test } from 'vitest'
import { mails, onOrder, orders, type Order } from './testing.ts'

const order = { id: 'o-1', customer: 'c-9', total: 12 }

// #region broker
test('an order is charged, and the customer gets a mail', async () => {
  const charged: Order[] = []
  const charge = async (one: Order): Promise<void> => void charged.push(one)
  await using t = await testBroker({ definitions: [mails], handlers: [handle(orders, onOrder(charge))] })
  await t.broker.send(orders, order)
  await t.waitFor(orders, ({ body }) => body.id === 'o-1', 'acked')
  expect(charged).toEqual([order])
  expect(t.sent(mails)).toMatchObject([{ body: { to: 'c-9' } }])
})
// #endregion

// #region time
test('the provider is down: three runs in ten minutes, then a dead letter and no mail', async () => {
  let runs = 0
  const down = (): Promise<void> => Promise.reject(new Error(`down, ${++runs}`))
  await using t = await testBroker({ definitions: [mails], handlers: [handle(orders, onOrder(down))] })
  await t.broker.send(orders, order)
  await t.advance('9m')
  expect(runs).toBe(2)
  const dead = await t.waitFor(orders, ({ body }) => body.id === 'o-1', 'dead')
  expect(dead).toMatchObject({ reason: 'attempts', error: 'Error: down, 3' })
  expect(t.clock.monotonic()).toBeGreaterThanOrEqual(600_000)
  expect(t.sent(mails)).toEqual([])
})
// #endregion

// #region fake
test('the handler alone, without a broker: a fake message records what is done with it', async () => {
  const message = fakeMessage(orders, order, { attempt: 2 })
  await onOrder(async () => undefined)(message)
  expect(message.sent).toMatchObject([{ destination: mails, body: { to: 'c-9' } }])

  const free = fakeMessage(orders, { ...order, total: 0 })
  await expect(onOrder(async () => undefined)(free)).rejects.toThrow('nothing to charge')
})
// #endregion
