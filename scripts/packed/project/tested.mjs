import { testBroker } from '@anymq/adapter-memory/testing'
import { handle, queue, type } from '@anymq/core'
import assert from 'node:assert/strict'

/** A handler under test, as the README of the in-memory adapter shows it. */
export async function testedHandler() {
  const orders = queue('orders', { schema: type() })
  const mails = queue('mails', { schema: type() })
  const onOrder = (message) => message.send(mails, { to: message.body.customer })
  // Without `await using`: Node 22 does not know it.
  const t = await testBroker({ definitions: [mails], handlers: [handle(orders, onOrder)] })
  await t.broker.send(orders, { id: 'o-1', customer: 'c-9' })
  await t.waitFor(orders, (message) => message.body.id === 'o-1', 'acked')
  assert.deepEqual(
    t.sent(mails).map(({ body }) => body),
    [{ to: 'c-9' }],
  )
  await t.close()
}
