import { handle } from '@anymq/core'
import type { Definitions } from '../definitions.ts'
import type { Job } from '../workers/worker.ts'
import type { Services } from '../world/services.ts'

/** Reserves the goods. */
export function inventoryJob({ inventory }: Definitions, { warehouse }: Services): Job {
  return {
    step: 'inventory',
    definitions: [inventory],
    handling: ({ whileAlive, booked }) =>
      handle(
        inventory,
        booked(async ({ id, body }) => {
          await whileAlive(warehouse.reserve(id, body.items))
        }),
      ),
  }
}
