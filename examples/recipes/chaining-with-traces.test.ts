import { testBroker } from '@anymq/adapter-memory/testing'
import { handle } from '@anymq/core'
import { expect, onTestFinished, test } from 'vitest'
import { invoices, mails, onInvoice, onOrder, orders, trace, traced, tracing } from './chaining-with-traces.ts'

const order = { id: 'o-1', customer: 'c-9' }

/** The chain at work; notes which handler ran in which trace. */
async function chain(afterOrder: () => void = () => undefined) {
  const ran: string[] = []
  const t = await testBroker({
    interceptors: [tracing],
    handlers: [
      handle(orders, async (message) => {
        ran.push(`order in ${trace()}`)
        await onOrder(message)
        afterOrder()
      }),
      handle(invoices, (message) => (ran.push(`invoice in ${trace()}`), onInvoice(message))),
      handle(mails, () => void ran.push(`mail in ${trace()}`)),
    ],
  })
  onTestFinished(() => t.close())
  return { t, ran }
}

test('a chain has the trace of the request that began it, and ids that tell where each message came from', async () => {
  const { t, ran } = await chain()
  await traced('trace-7', () => t.broker.send(orders, order, { id: 'o-1' }))
  await t.waitFor(mails, () => true, 'acked')
  expect(ran).toEqual(['order in trace-7', 'invoice in trace-7', 'mail in trace-7'])
  expect(t.sent(mails)).toMatchObject([{ id: 'o-1-invoice-mail', headers: { trace: 'trace-7' } }])
})

test('two chains at once do not mix; without a trace the first message’s id is one', async () => {
  const { t, ran } = await chain()
  await Promise.all([traced('x', () => t.broker.send(orders, order)), t.broker.send(orders, order, { id: 'alone' })])
  await t.idle()
  for (const step of ['order', 'invoice', 'mail'])
    expect(ran.filter((line) => line.startsWith(step)).toSorted()).toEqual([`${step} in alone`, `${step} in x`])
})

test('a handler that fails after it has sent sends again, with the same id', async () => {
  let failures = 1
  const { t } = await chain(() => {
    if (failures-- > 0) throw new Error('too late')
  })
  await t.broker.send(orders, order, { id: 'o-1' })
  await t.waitFor(orders, () => true, 'acked')
  await t.idle()
  expect(t.sent(invoices).map(({ id }) => id)).toEqual(['o-1-invoice', 'o-1-invoice'])
})
