import { oneOf, wholeBetween, type Random } from '../seeded-random.ts'
import type { Customer } from './people.ts'

/** A cart that its owner walks away from while so many lines of the order file have come in. */
export interface Cart {
  readonly id: string
  readonly line: number
  readonly customer: string
  readonly email: string
  /** Milliseconds from then on until they are to be reminded. */
  readonly delay: number
}

/** A cart for so many lines. */
const EVERY = 15
const SHORTEST = 500
const LONGEST = 3000

export function makeCarts(random: Random, customers: readonly Customer[], lines: number): Cart[] {
  return Array.from({ length: Math.floor(lines / EVERY) }, (_, index) => makeCart(random, customers, index + 1))
}

function makeCart(random: Random, customers: readonly Customer[], number: number): Cart {
  const { id: customer, email } = oneOf(random, customers)
  const delay = wholeBetween(random, SHORTEST, LONGEST)
  return { id: `cart-${number}`, line: number * EVERY, customer, email, delay }
}
