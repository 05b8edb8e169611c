import { factsOf, GROUPS, type Fact, type Step } from '../facts.ts'
import { causesIn, type CausesOf } from './causes.ts'
import { grouped } from './compare.ts'
import type { Expected } from './expected.ts'
import { spansOf, type Span } from './spans.ts'

/**
 * In every group, handlers of one customer's orders start in the order in which these were placed, and never run at the same time.
 * What a fault repeats, it repeats from some order on; what was repaired comes when it was sent back.
 */
export function customerFaults(expected: Expected, facts: readonly Fact[]): string[] {
  // An order that nobody placed is a fault that another question finds.
  const spans = spansOf(facts).filter(({ id }) => expected.orders.has(id))
  const causes = causesIn(facts)
  return GROUPS.flatMap((step) => {
    const lines = linesOf(expected, facts, step)
    const perCustomer = grouped(
      spans.filter((span) => span.step === step),
      ({ id }) => expected.orders.get(id)!.customer,
    )
    return [...perCustomer].flatMap(([customer, own]) => [
      ...orderFaults(own, lines.get(customer) ?? [], customer, causes),
      ...overlapFaults(own, customer),
    ])
  })
}

/** Each customer's orders as they came to a group: as in the file, then what was repaired, in the order of the repairs. */
function linesOf({ orders }: Expected, facts: readonly Fact[], step: Step): ReadonlyMap<string, readonly string[]> {
  const atOnce = [...orders.values()].filter(({ isPlacedAtOnce }) => isPlacedAtOnce)
  const repaired = factsOf(facts, 'again').filter(({ cause }) => cause === 'redrive')
  const byLine = new Map([...orders.values()].map((order) => [order.line, order]))
  const placedLater = repaired.filter((fact) => fact.step === 'intake').map(({ id }) => byLine.get(id))
  const sentBack = repaired.filter((fact) => fact.step === step).map(({ id }) => orders.get(id))
  const all = [...atOnce, ...placedLater, ...sentBack].filter((order) => order !== undefined)
  const perCustomer = grouped(all, ({ customer }) => customer)
  return new Map([...perCustomer].map(([customer, own]) => [customer, own.map(({ id }) => id)]))
}

/** A place in the line is kept, or the next one is taken; back goes only what a fault, or a batch that failed, repeats. */
function orderFaults(spans: readonly Span[], line: readonly string[], customer: string, causes: CausesOf): string[] {
  const faults: string[] = []
  let place = -1
  for (const { id, step } of spans) {
    const next = placeAfter(place, id, line)
    if (next === undefined || !mayFollow(next, place, step, line, causes))
      faults.push(disorder(id, step, customer, line[place + 1]))
    place = next ?? place
  }
  return faults
}

function mayFollow(next: number, place: number, step: Step, line: readonly string[], causes: CausesOf): boolean {
  if (next >= place) return next <= place + 1
  const isUndone = (id: string): boolean => causes(step, id).possible > 0 || causes(step, id).all.includes('given back')
  return causes(step, line[next]!).possible > 0 || line.slice(next + 1, place + 1).every(isUndone)
}

/** Where the order stands: here, further on, or else further back. */
function placeAfter(place: number, id: string, line: readonly string[]): number | undefined {
  const ahead = line.indexOf(id, Math.max(place, 0))
  const found = ahead >= 0 ? ahead : line.indexOf(id)
  return found < 0 ? undefined : found
}

function disorder(id: string, step: Step, customer: string, due: string | undefined): string {
  const instead = due === undefined ? 'after all others' : `when ${due} was next`
  return `order ${id} of ${customer} started in ${step} ${instead}`
}

/** Orders of one batch are handled together: that is no overlap. */
function overlapFaults(spans: readonly Span[], customer: string): string[] {
  const faults: string[] = []
  let latest: Span | undefined
  for (const span of spans) {
    if (latest !== undefined && span.start < latest.end && span.call !== latest.call) {
      const ms = (Math.min(latest.end, span.end) - span.start).toFixed(1)
      faults.push(
        `orders ${latest.id} and ${span.id} of ${customer} were handled at once in ${span.step}, for ${ms} ms`,
      )
    }
    if (latest === undefined || span.end > latest.end) latest = span
  }
  return faults
}
