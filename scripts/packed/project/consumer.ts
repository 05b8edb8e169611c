import { memory } from '@anymq/adapter-memory'
import { connect } from '@anymq/connect'
import { createBroker, DeadLetter, fixed, group, handle, handleBatch, queue, topic } from '@anymq/core'
import { testBroker } from '@anymq/adapter-memory/testing'
import { TestClock } from '@anymq/core/testing'
import { z } from 'zod'

const Order = z.object({ id: z.string(), total: z.number().default(0) })
// Definitions are shared between programs: their types must be nameable from outside.
export const orders = queue('orders', { schema: Order, retry: { attempts: 3, backoff: fixed('5ms') } })
export const placed = topic('order-placed', { schema: Order, groups: ['payment'] })
export const payment = group(placed, 'payment')

// @ts-expect-error not one of the topic's groups
group(placed, 'paymnt')
// @ts-expect-error a Date does not survive JSON
queue('bad', { schema: z.object({ at: z.date() }) })

const broker = await createBroker(memory(), { definitions: [orders, placed, payment] })
const id: string = await broker.producer(orders).send({ id: 'o-1' }, { id: 'o-1' })
// @ts-expect-error the body does not fit
await broker.producer(orders).send({ id: 1 })

const work = broker.consumer(payment).subscribe((message) => {
  const total: number = message.body.total
  if (total < 0) throw new DeadLetter('negative')
})
await work.ready
for (const message of await broker.deadLetters(orders).peek()) {
  if (message.valid) console.log(id, message.body.total.toFixed(2), message.reason)
}
await broker.close()

const swappable = await connect('memory:', { definitions: [orders] })
await swappable.close()
export const clock: TestClock = new TestClock()

export const shipping = queue('shipping', {
  schema: Order,
  ordering: { key: (order) => order.id, withPriority: 'per-level' },
  priority: { levels: ['vip', 'normal'], default: 'normal' },
})
export const tested = await testBroker({
  definitions: [orders],
  handlers: [
    handle(shipping, async (message) => {
      await message.send(orders, { id: message.body.id, total: message.body.total })
    }),
    handleBatch(orders, (messages) => void messages.map(({ body }) => body.total), { max: 10, within: '1s' }),
  ],
})
await tested.broker.send(shipping, { id: 's-1' }, { priority: 'vip' })
// @ts-expect-error no such level
await tested.broker.send(shipping, { id: 's-1' }, { priority: 'urgent' })
await tested.close()
