import { handle } from '@anymq/core'
import type { Definitions } from '../definitions.ts'
import type { Job } from '../workers/worker.ts'
import type { Services } from '../world/services.ts'
import { there } from './there.ts'

/** Packs and ships what is paid, VIPs' parcels first. */
export function fulfilmentJob(definitions: Definitions, { warehouse }: Services): Job {
  const fulfilment = there(definitions, 'fulfilment')
  return {
    step: 'fulfilment',
    definitions: [fulfilment],
    handling: ({ whileAlive, booked }) =>
      handle(
        fulfilment,
        booked(async ({ body }) => {
          await whileAlive(warehouse.ship(body.order))
        }),
      ),
  }
}
