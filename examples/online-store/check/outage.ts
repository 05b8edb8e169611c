import { factsOf, type Fact } from '../facts.ts'
import { grouped } from './compare.ts'
import type { Evidence } from './evidence.ts'
import { isShortDay, type Expected } from './expected.ts'

/** While the provider was down it was hardly asked; that all were charged in the end, and once, another question sees. */
export function outageFaults(expected: Expected, { facts, mostAsked }: Evidence): string[] {
  if (isShortDay(expected)) return []
  const asked = factsOf(facts, 'unanswered').length
  if (asked === 0) return ['nobody noticed that the payment provider was down']
  return asked <= mostAsked
    ? []
    : [`the payment provider was asked ${asked} times while it was down; ${mostAsked} are enough`]
}

/** Only failures count as attempts: not what was deferred, given back, redriven, or cut off by the death of a worker. */
export function attemptFaults(facts: readonly Fact[]): string[] {
  const failures = grouped(factsOf(facts, 'again').filter(countsAsFailure), keyOf)
  return [...grouped(factsOf(facts, 'run'), keyOf)].flatMap(([key, runs]) => {
    const most = 1 + (failures.get(key)?.length ?? 0)
    const highest = Math.max(...runs.map(({ attempt }) => attempt))
    if (highest <= most) return []
    return [`${runs[0]!.id} was on attempt ${highest} in ${runs[0]!.step}, but had failed only ${most - 1} times`]
  })
}

function countsAsFailure({ cause }: Extract<Fact, { fact: 'again' }>): boolean {
  return cause === 'retry' || cause === 'lease lost'
}

function keyOf({ step, id }: { readonly step: string; readonly id: string }): string {
  return `${step} ${id}`
}
