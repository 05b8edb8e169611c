import { DeadLetter, fixed, queue, type, type Message } from '@anymq/core'

export interface Order {
  readonly id: string
  readonly customer: string
  readonly total: number
}

export const orders = queue('orders', {
  schema: type<Order>(),
  retry: { attempts: 3, backoff: fixed('5m') },
})
export const mails = queue('mails', { schema: type<{ to: string; text: string }>() })

/** The code under test. What it needs comes in as an argument, so that a test can bring its own. */
export function onOrder(charge: (order: Order) => Promise<void>) {
  return async (message: Message<Order>): Promise<void> => {
    const { id, customer, total } = message.body
    if (total <= 0) throw new DeadLetter('nothing to charge')
    await charge(message.body)
    await message.send(mails, { to: customer, text: `Thank you for order ${id}.` })
  }
}
