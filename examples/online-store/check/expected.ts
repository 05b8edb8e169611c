import type { Step } from '../facts.ts'
import type { Problem } from '../data/awkward.ts'
import type { Cart } from '../data/carts.ts'
import type { Poisoned } from '../data/generate.ts'
import type { Order } from '../order.ts'
import type { OrderFiles } from '../order-files.ts'

/** What must have come of an order. */
export interface ExpectedOrder {
  readonly id: string
  /** The id of its line at the intake. */
  readonly line: string
  readonly customer: string
  readonly vip: boolean
  /** False: its line had to be repaired first. */
  readonly isPlacedAtOnce: boolean
  readonly cents: number
  readonly units: ReadonlyMap<string, number>
  /** The card that the provider declines; another one must have been charged. */
  readonly declined: string | undefined
}

/** A message that must have been dead-lettered. */
export interface ExpectedDead {
  readonly step: Step
  readonly id: string
  /** For people: the order it is about. */
  readonly order: string
  /** What its error must say. */
  readonly says: string
  /** False: it must still be there at the end. */
  readonly repairable: boolean
}

export interface Expected {
  /** In the order of the file. */
  readonly orders: ReadonlyMap<string, ExpectedOrder>
  readonly carts: ReadonlyMap<string, Cart>
  readonly dead: readonly ExpectedDead[]
  readonly stock: ReadonlyMap<string, number>
}

const FATES: Readonly<Record<Problem, { readonly says: string; readonly repairable: boolean }>> = {
  malformed: { says: 'not JSON', repairable: true },
  torn: { says: 'not JSON', repairable: false },
  'negative-total': { says: 'total: is not positive', repairable: false },
  'empty-basket': { says: 'items: the basket is empty', repairable: false },
  declined: { says: 'was declined', repairable: true },
}

/** In a day with fewer orders all may be over before anything can go wrong. */
const SHORT_DAY = 150

/** Whether the day is too short to ask of it that things happened. */
export function isShortDay({ orders }: Expected): boolean {
  return orders.size < SHORT_DAY
}

/** The id of a line at the intake. `line` counts from 1. */
export function lineId(line: number): string {
  return `line-${line}`
}

/** Computed from the data files alone: no queue, no handler and no schema has a hand in it. */
export function expectedOf({ lines, catalogue, poisoned, carts }: OrderFiles): Expected {
  const poisonAt = new Map(poisoned.map((entry) => [entry.line, entry]))
  const orders = new Map<string, ExpectedOrder>()
  for (const [index, text] of lines.entries()) {
    const poison = poisonAt.get(index + 1)
    if (poison !== undefined && !FATES[poison.problem].repairable) continue
    const order = poison?.order ?? (JSON.parse(text) as Order)
    orders.set(order.id, expectedOrder(order, index + 1, poison?.problem))
  }
  const stock = new Map(catalogue.map((product) => [product.sku, product.stock]))
  for (const { units } of orders.values()) {
    for (const [sku, quantity] of units) stock.set(sku, stock.get(sku)! - quantity)
  }
  return { orders, carts: new Map(carts.map((cart) => [cart.id, cart])), dead: poisoned.map(expectedDead), stock }
}

function expectedOrder(order: Order, line: number, problem: Problem | undefined): ExpectedOrder {
  return {
    id: order.id,
    line: lineId(line),
    customer: order.customer,
    vip: order.vip,
    isPlacedAtOnce: problem === undefined || problem === 'declined',
    cents: order.total,
    units: unitsOf(order.items),
    declined: problem === 'declined' ? order.card : undefined,
  }
}

function expectedDead({ line, id, problem }: Poisoned): ExpectedDead {
  const at =
    problem === 'declined' ? ({ step: 'payment', id } as const) : ({ step: 'intake', id: lineId(line) } as const)
  return { ...at, order: id, ...FATES[problem] }
}

/** Units per article: a basket may name an article more than once. */
export function unitsOf(items: readonly { readonly sku: string; readonly quantity: number }[]): Map<string, number> {
  const units = new Map<string, number>()
  for (const { sku, quantity } of items) units.set(sku, (units.get(sku) ?? 0) + quantity)
  return units
}
