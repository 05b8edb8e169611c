import { factsOf, type Fact, type Step } from '../facts.ts'
import { causesIn, type CausesOf } from './causes.ts'
import { compare } from './compare.ts'
import type { Evidence } from './evidence.ts'
import type { Expected, ExpectedOrder } from './expected.ts'

type Charged = Extract<Fact, { fact: 'charged' }>

/** What must leave a step: the id of its message, and what people call it. */
interface Passenger {
  readonly id: string
  readonly name: string
}

/** Everything that the files mean left every step once, and nothing is left behind in a source. */
export function passageFaults(expected: Expected, { facts, left }: Evidence): string[] {
  const causes = causesIn(facts)
  return [...left].flatMap(([step, count]) => [
    ...stepFaults(step, passengersOf(expected, step), facts, causes),
    ...leftFaults(step, count),
  ])
}

function passengersOf({ orders, carts }: Expected, step: Step): Passenger[] {
  if (step === 'reminders') return [...carts.keys()].map((id) => ({ id, name: id }))
  const nameOf = ({ id, line }: ExpectedOrder): string => `order ${id} (${line})`
  return [...orders.values()].map((order) => ({
    id: step === 'intake' ? order.line : order.id,
    name: nameOf(order),
  }))
}

function stepFaults(step: Step, passengers: readonly Passenger[], facts: readonly Fact[], causes: CausesOf): string[] {
  return compare({
    expected: passengers,
    found: factsOf(facts, 'done').filter((fact) => fact.step === step),
    expectedKey: ({ id }) => id,
    foundKey: ({ id }) => id,
    faults: (passenger, done) => timesFaults(passenger, step, done.length, 1 + causes(step, passenger.id).possible),
    invented: ({ id }) => `${id} is invented: it left ${step}, but the files know nothing of it`,
  })
}

function timesFaults({ name }: Passenger, step: Step, times: number, most: number): string[] {
  if (times >= 1 && times <= most) return []
  return [`${name} ${times === 0 ? `is lost: it never left ${step}` : `left ${step} ${times} times`}`]
}

function leftFaults(step: Step, left: number | undefined): string[] {
  return left === undefined || left === 0 ? [] : [`${left} messages are left in ${step}`]
}

/** The provider's own list against the order file. */
export function chargeFaults(expected: Expected, facts: readonly Fact[]): string[] {
  return compare({
    expected: expected.orders.values(),
    found: factsOf(facts, 'charged'),
    expectedKey: ({ id }) => id,
    foundKey: ({ id }) => id,
    faults: amountFaults,
    invented: ({ id }) => `order ${id} was charged, but the order file knows no such order`,
  })
}

function amountFaults({ id, cents, declined }: ExpectedOrder, charges: readonly Charged[]): string[] {
  const [charge] = charges
  if (charge === undefined) return [`order ${id} was never charged`]
  if (charges.length > 1) return [`order ${id} was charged ${charges.length} times`]
  if (charge.cents !== cents) return [`order ${id} was charged ${charge.cents} cents instead of ${cents}`]
  if (charge.card === declined) return [`order ${id} was charged to the card that is always declined`]
  return []
}

/** One mail for each order, one for each cart where there are reminders, and none for anything else. */
export function mailFaults(expected: Expected, { facts, parts }: Evidence): string[] {
  const name = (id: string): string => (expected.carts.has(id) ? id : `order ${id}`)
  return compare({
    expected: [...expected.orders.keys(), ...(parts.delay ? expected.carts.keys() : [])],
    found: factsOf(facts, 'mailed'),
    expectedKey: (id) => id,
    foundKey: ({ id }) => id,
    faults: (id, mails) => (mails.length === 1 ? [] : [`${name(id)}: ${mails.length} mails`]),
    invented: ({ id }) => `order ${id}: a mail was sent, but the order file knows no such order`,
  })
}
