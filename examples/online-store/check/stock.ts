import { factsOf, type Fact } from '../facts.ts'
import { compare } from './compare.ts'
import type { Evidence } from './evidence.ts'
import { unitsOf, type Expected, type ExpectedOrder } from './expected.ts'

type Reserved = Extract<Fact, { fact: 'reserved' }>

/** The shelves against the order file, and the reservations, so that the order behind a difference is named. */
export function stockFaults(expected: Expected, { stock, facts }: Evidence): string[] {
  const faults = compare({
    expected: expected.orders.values(),
    found: factsOf(facts, 'reserved'),
    expectedKey: ({ id }) => id,
    foundKey: ({ id }) => id,
    faults: reservationFaults,
    invented: ({ id }) => `order ${id}: goods were reserved, but the order file knows no such order`,
  })
  for (const [sku, quantity] of expected.stock) {
    if (stock.get(sku) !== quantity)
      faults.push(`${sku}: ${stock.get(sku) ?? 'none'} on the shelf instead of ${quantity}`)
  }
  return faults
}

function reservationFaults({ id, units }: ExpectedOrder, reservations: readonly Reserved[]): string[] {
  const [reservation] = reservations
  if (reservation === undefined) return [`order ${id}: nothing was reserved`]
  if (reservations.length > 1) return [`order ${id}: its goods were reserved ${reservations.length} times`]
  return sameUnits(unitsOf(reservation.items), units)
    ? []
    : [`order ${id}: other goods were reserved than were ordered`]
}

function sameUnits(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): boolean {
  return a.size === b.size && [...a].every(([sku, quantity]) => b.get(sku) === quantity)
}
