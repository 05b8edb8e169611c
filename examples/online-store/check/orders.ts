import { STEPS, type Fact, type Step } from '../books.ts'
import { causesIn } from './causes.ts'
import { compare } from './compare.ts'
import type { Evidence } from './evidence.ts'
import type { Expected, ExpectedOrder } from './expected.ts'

type Charged = Extract<Fact, { fact: 'charged' }>

/** Every order that the file means left every step once, and nothing is left behind in a source. */
export function passageFaults(expected: Expected, { facts, left }: Evidence): string[] {
  const causes = causesIn(facts)
  return STEPS.flatMap((step) => [...stepFaults(step, expected, facts, causes), ...leftFaults(step, left.get(step))])
}

function stepFaults(
  step: Step,
  expected: Expected,
  facts: readonly Fact[],
  causes: ReturnType<typeof causesIn>,
): string[] {
  return compare({
    expected: expected.orders.values(),
    found: facts.filter((fact) => fact.fact === 'done').filter((fact) => fact.step === step),
    expectedKey: ({ id, line }) => (step === 'intake' ? line : id),
    foundKey: ({ id }) => id,
    faults: (order, done) => {
      const { possible } = causes(step, step === 'intake' ? order.line : order.id)
      return timesFaults(order, step, done.length, 1 + possible)
    },
    invented: ({ id }) => `${id} is invented: it left ${step}, but the order file knows nothing of it`,
  })
}

function timesFaults({ id, line }: ExpectedOrder, step: Step, times: number, most: number): string[] {
  if (times >= 1 && times <= most) return []
  return [`order ${id} (${line}) ${times === 0 ? `is lost: it never left ${step}` : `left ${step} ${times} times`}`]
}

function leftFaults(step: Step, left: number | undefined): string[] {
  return left === undefined || left === 0 ? [] : [`${left} messages are left in ${step}`]
}

/** The provider's own list against the order file. */
export function chargeFaults(expected: Expected, facts: readonly Fact[]): string[] {
  return compare({
    expected: expected.orders.values(),
    found: facts.filter((fact) => fact.fact === 'charged'),
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

/** One mail for each order, and none for anything else. */
export function mailFaults(expected: Expected, facts: readonly Fact[]): string[] {
  return compare({
    expected: expected.orders.keys(),
    found: facts.filter((fact) => fact.fact === 'mailed'),
    expectedKey: (id) => id,
    foundKey: ({ id }) => id,
    faults: (id, mails) => (mails.length === 1 ? [] : [`order ${id}: ${mails.length} mails`]),
    invented: ({ id }) => `order ${id}: a mail was sent, but the order file knows no such order`,
  })
}
