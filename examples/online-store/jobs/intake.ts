import { DeadLetter, handle } from '@anymq/core'
import type { Definitions } from '../definitions.ts'
import { GROUPS } from '../facts.ts'
import { readOrder } from '../order.ts'
import type { Job } from '../workers/worker.ts'
import type { Services } from '../world/services.ts'

/** Turns lines of the order file into orders, and puts aside what is none. */
export function intakeJob({ intake, orderPlaced }: Definitions, { pace }: Services): Job {
  return {
    step: 'intake',
    definitions: [intake, orderPlaced],
    handling: ({ record, whileAlive, booked }) =>
      handle(
        intake,
        booked(async (message) => {
          await whileAlive(pace.work(1, 4))
          const reading = readOrder(message.body)
          // To try again would not help: the line stays as it is until somebody repairs it.
          if ('problem' in reading) throw new DeadLetter(reading.problem)
          const { order } = reading
          // The order's own id: were this to run twice, the same order would come again, not another one.
          await whileAlive(message.send(orderPlaced, order, { id: order.id }))
          for (const step of GROUPS) record({ fact: 'entered', step, id: order.id })
        }),
      ),
  }
}
