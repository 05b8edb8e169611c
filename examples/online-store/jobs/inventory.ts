import { inventory } from '../definitions.ts'
import type { Order } from '../order.ts'
import type { Job } from '../workers/worker.ts'
import type { Services } from '../world/services.ts'

/** Reserves the goods. */
export function inventoryJob(warehouse: Services['warehouse']): Job<Order> {
  return {
    step: 'inventory',
    source: inventory,
    definitions: [inventory],
    handler: ({ whileAlive }) => {
      return async ({ id, body }) => {
        await whileAlive(warehouse.reserve(id, body.items))
      }
    },
  }
}
