import { handle } from '@anymq/core'
import type { Definitions } from '../definitions.ts'
import type { Job } from '../workers/worker.ts'
import type { Services } from '../world/services.ts'

/** Tells the customer. */
export function notificationJob({ notification }: Definitions, { mail }: Services): Job {
  return {
    step: 'notification',
    definitions: [notification],
    handling: ({ whileAlive, booked }) =>
      handle(
        notification,
        booked(async ({ id, body }) => {
          const text = `Dear ${body.name}, we have your order ${id} over ${(body.total / 100).toFixed(2)}.`
          await whileAlive(mail.send({ id, to: body.email, text }))
        }),
      ),
  }
}
