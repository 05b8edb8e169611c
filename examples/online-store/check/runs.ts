import type { Fact } from '../books.ts'
import { grouped } from './compare.ts'

/** A handler may run once for each message and once more for each recorded cause: not more often, and not less. */
export function runFaults(facts: readonly Fact[]): string[] {
  const relevant = facts.filter((fact) => fact.fact === 'run' || fact.fact === 'again')
  return [...grouped(relevant, ({ step, id }) => `${step} ${id}`).values()].flatMap(faultsOf)
}

function faultsOf(facts: readonly Extract<Fact, { fact: 'run' | 'again' }>[]): string[] {
  const causes = facts.filter((fact) => fact.fact === 'again').map(({ cause }) => cause)
  const runs = facts.length - causes.length
  if (runs === 1 + causes.length) return []
  const { step, id } = facts[0]!
  const recorded = causes.length === 0 ? 'no cause' : causes.join(', ')
  return [
    `${step === 'intake' ? '' : 'order '}${id} ran ${runs} times in ${step}, with ${recorded} recorded: ${1 + causes.length} expected`,
  ]
}
