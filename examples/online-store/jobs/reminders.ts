import { handle } from '@anymq/core'
import type { Definitions } from '../definitions.ts'
import type { Job } from '../workers/worker.ts'
import type { Services } from '../world/services.ts'
import { there } from './there.ts'

/** Reminds customers of the carts that they have left behind. The message comes when it is time. */
export function remindersJob(definitions: Definitions, { mail }: Services): Job {
  const reminders = there(definitions, 'reminders')
  return {
    step: 'reminders',
    definitions: [reminders],
    handling: ({ whileAlive, booked }) =>
      handle(
        reminders,
        booked(async ({ id, body }) => {
          await whileAlive(mail.send({ id, to: body.email, text: 'Your cart is still here.' }))
        }),
      ),
  }
}
