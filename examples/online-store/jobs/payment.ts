import { DeadLetter } from '@anymq/core'
import { payment } from '../definitions.ts'
import type { Order } from '../order.ts'
import type { Job } from '../workers/worker.ts'
import type { Services } from '../world/services.ts'

/** Takes the money. A provider that does not answer is an error like any other: the group's retry policy waits and tries again. */
export function paymentJob(provider: Services['provider'], pace: Services['pace']): Job<Order> {
  return {
    step: 'payment',
    source: payment,
    definitions: [payment],
    handler: ({ whileAlive }) => {
      return async (message) => {
        const { card, total } = message.body
        await whileAlive(pace.work(2, 8))
        // Whatever makes this run again, the key keeps the customer from paying twice.
        const answer = await whileAlive(
          provider.charge({ key: message.id, card, cents: total, signal: message.signal }),
        )
        if (answer === 'declined') throw new DeadLetter(`the card ending in ${card.slice(-4)} was declined`)
        await whileAlive(pace.work(1, 6))
      }
    },
  }
}
