import type { Cause, Fact, Step } from '../facts.ts'
import type { Order } from '../order.ts'
import type { OrderFiles } from '../order-files.ts'
import { expectedOf, type Expected } from './expected.ts'

/** A good order; tests change what they are about. */
export const ORDER: Order = {
  id: 'o-1',
  placedAt: '2026-03-02T08:00:00.000Z',
  customer: 'c-1',
  name: 'Zoë',
  email: 'c-1@customers.example',
  card: '4242',
  vip: false,
  items: [
    { sku: 'tea', quantity: 2, price: 100 },
    { sku: 'pot', quantity: 1, price: 300 },
    { sku: 'tea', quantity: 1, price: 100 },
  ],
  total: 600,
  note: '',
}

const NO_FILES: OrderFiles = { lines: [], catalogue: [], poisoned: [], carts: [] }

/** What is expected of orders that are all good. */
export function expectedOfOrders(orders: readonly Order[], files: Partial<OrderFiles> = {}): Expected {
  return expectedOf({ ...NO_FILES, lines: orders.map((order) => JSON.stringify(order)), ...files })
}

/** A day that is long enough for everything to happen: orders `o-1` and so on, every fourth one of a VIP. */
export function longDay(count = 200): Expected {
  return expectedOfOrders(
    Array.from({ length: count }, (_, index) => ({ ...ORDER, id: `o-${index + 1}`, vip: index % 4 === 0 })),
  )
}

/** What a worker did. */
export interface Did {
  readonly worker?: string
  readonly at?: number
  readonly attempt?: number
  readonly call?: number
}

let calls = 0

export function run(step: Step, id: string, did: Did = {}): Fact {
  return { fact: 'run', step, id, worker: 'w', at: 0, attempt: 1, call: ++calls, ...did }
}

export function done(step: Step, id: string, did: Pick<Did, 'worker' | 'at'> = {}): Fact {
  return { fact: 'done', step, id, worker: 'w', at: 0, ...did }
}

export function again(step: Step, id: string, cause: Cause, at = 0): Fact {
  return { fact: 'again', step, id, cause, at }
}
