import { notification } from '../definitions.ts'
import type { Order } from '../order.ts'
import type { Job } from '../workers/worker.ts'
import type { Services } from '../world/services.ts'

/** Tells the customer. */
export function notificationJob(mail: Services['mail']): Job<Order> {
  return {
    step: 'notification',
    source: notification,
    definitions: [notification],
    handler: ({ whileAlive }) => {
      return async ({ id, body }) => {
        const text = `Dear ${body.name}, we have your order ${id} over ${(body.total / 100).toFixed(2)}.`
        await whileAlive(mail.send({ id, to: body.email, text }))
      }
    },
  }
}
