import { factsOf, type Fact } from '../facts.ts'
import { compare, grouped } from './compare.ts'
import { isShortDay, type Expected, type ExpectedOrder } from './expected.ts'

type Row = Extract<Fact, { fact: 'booked' }>

/** Every order is in the ledger once, with the right amount, though batches failed. */
export function ledgerFaults(expected: Expected, facts: readonly Fact[]): string[] {
  const faults = compare({
    expected: expected.orders.values(),
    found: factsOf(facts, 'booked'),
    expectedKey: ({ id }) => id,
    foundKey: ({ id }) => id,
    faults: rowFaults,
    invented: ({ id }) => `order ${id} is in the ledger, but the order file knows no such order`,
  })
  return isShortDay(expected) ? faults : [...faults, ...batchFaults(facts)]
}

function rowFaults({ id, cents }: ExpectedOrder, rows: readonly Row[]): string[] {
  const [row] = rows
  if (row === undefined) return [`order ${id} is not in the ledger`]
  if (rows.length > 1) return [`order ${id} is ${rows.length} times in the ledger`]
  return row.cents === cents ? [] : [`order ${id} is in the ledger with ${row.cents} cents instead of ${cents}`]
}

/** Without batches, and without one that failed and was tried again, nothing is proven. */
function batchFaults(facts: readonly Fact[]): string[] {
  const runs = factsOf(facts, 'run').filter(({ step }) => step === 'accounting')
  const batches = [...grouped(runs, ({ worker, call }) => `${worker} ${call}`).values()]
  const largest = Math.max(0, ...batches.map(({ length }) => length))
  const failed = factsOf(facts, 'not booked')
  return [
    ...(largest > 1 ? [] : [`no batch had more than ${largest} orders`]),
    ...(failed.some(({ ids }) => ids.length > 1) ? [] : ['no batch of several orders was refused by the ledger']),
  ]
}
