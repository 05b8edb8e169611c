import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sumOf, type Item, type Order } from '../order.ts'
import { oneOf, seededRandom, wholeBetween, type Random } from '../seeded-random.ts'
import { AWKWARD, DECLINED_LINE, TWINS, type Problem } from './awkward.ts'
import { makeCarts } from './carts.ts'
import { CUSTOMER_WITH_DECLINED_CARD, DECLINED_CARD, makeCustomers, type Customer } from './people.ts'
import { makeCatalogue, type Product } from './products.ts'

const SEED = 20_260_302
const LINES = 2200
const CUSTOMERS = 300
/** The share of orders that come from one of so many last buyers. */
const AGAIN = 0.5
const LAST = 8
const FIRST_ID = 10_001
const OPENING = Date.UTC(2026, 2, 2, 8)
const NOTES = ['', '', '', '', 'a gift', 'ring twice', 'danke schön', '谢谢', 'fragile ☕', 'no hurry']

/** A line of the file that needs attention. `order`: what the till meant, where that can still be known. */
export interface Poisoned {
  readonly line: number
  readonly id: string
  readonly problem: Problem
  readonly order?: Order
}

type DataFile = 'orders.jsonl' | 'catalogue.json' | 'poisoned.json' | 'carts.json'

/** The text of each data file, the same for the same seed to the byte. */
export function generate(seed: number = SEED): Readonly<Record<DataFile, string>> {
  const random = seededRandom(seed)
  const catalogue = makeCatalogue(random)
  const customers = makeCustomers(random, CUSTOMERS)
  const orders = makeOrders(random, customers, catalogue)
  const lines = orders.map((order, index) => lineOf(order, index + 1))
  const poisoned = orders.flatMap((order, index) => poisonedBy(order, index + 1))
  return {
    'orders.jsonl': oneEach(lines),
    'catalogue.json': list(catalogue),
    'poisoned.json': list(poisoned),
    // Last: what chance has made of the others stays as it is.
    'carts.json': list(makeCarts(random, customers, LINES)),
  }
}

function makeOrders(random: Random, customers: readonly Customer[], catalogue: readonly Product[]): Order[] {
  const orders: Order[] = []
  const buyers: Customer[] = []
  let clock = OPENING
  for (let line = 1; line <= LINES; line++) {
    clock += wholeBetween(random, 1, 30) * 1000
    buyers.push(customerOf(random, customers, line, buyers))
    const made = makeOrder(random, line, clock, buyers.at(-1)!, catalogue)
    const order = TWINS.has(line) ? { ...orders.at(-1)!, id: made.id } : made
    orders.push(AWKWARD.get(line)?.order?.(order, catalogue) ?? order)
  }
  return orders
}

/** Everybody orders once, in some order of theirs; else it is chance, and often it is one of the last who order once more. */
function customerOf(random: Random, customers: readonly Customer[], line: number, buyers: readonly Customer[]): Customer {
  if (line === DECLINED_LINE) return customers[CUSTOMER_WITH_DECLINED_CARD - 1]!
  if (line > 200 && line <= 200 + CUSTOMERS) return customers[line - 201]!
  const comesBack = buyers.length > 0 && random() < AGAIN
  return oneOf(random, comesBack ? buyers.slice(-LAST) : customers)
}

function makeOrder(random: Random, line: number, at: number, customer: Customer, catalogue: readonly Product[]): Order {
  const items = Array.from({ length: wholeBetween(random, 1, 4) }, () => makeItem(random, catalogue))
  return {
    id: `o-${FIRST_ID - 1 + line}`,
    placedAt: new Date(at).toISOString(),
    customer: customer.id,
    name: customer.name,
    email: customer.email,
    card: customer.card,
    vip: customer.vip,
    items,
    total: sumOf(items),
    note: oneOf(random, NOTES),
  }
}

function makeItem(random: Random, catalogue: readonly Product[]): Item {
  const { sku, price } = oneOf(random, catalogue)
  return { sku, quantity: wholeBetween(random, 1, 3), price }
}

function lineOf(order: Order, line: number): string {
  const json = JSON.stringify(order)
  return AWKWARD.get(line)?.line?.(json) ?? json
}

function poisonedBy(order: Order, line: number): Poisoned[] {
  const problem = AWKWARD.get(line)?.problem ?? (order.card === DECLINED_CARD ? 'declined' : undefined)
  if (problem === undefined) return []
  const entry = { line, id: order.id, problem }
  return [problem === 'malformed' ? { ...entry, order } : entry]
}

function oneEach(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('')
}

function list(entries: readonly object[]): string {
  return `[\n${entries.map((entry) => `  ${JSON.stringify(entry)}`).join(',\n')}\n]\n`
}

if (import.meta.main) {
  for (const [name, text] of Object.entries(generate())) writeFileSync(join(import.meta.dirname, name), text)
}
