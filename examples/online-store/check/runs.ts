import { factsOf, type Fact } from '../facts.ts'
import { causesIn, type Causes } from './causes.ts'
import { grouped } from './compare.ts'

type Run = Extract<Fact, { fact: 'run' }>

/** A handler runs once for each message, once more for each failure, and at most once more for each fault: not more often, and not less. */
export function runFaults(facts: readonly Fact[]): string[] {
  const causes = causesIn(facts)
  const runs = factsOf(facts, 'run')
  return [...grouped(runs, ({ step, id }) => `${step} ${id}`).values()].flatMap((list) =>
    faultsOf(list, causes(list[0]!.step, list[0]!.id)),
  )
}

function faultsOf(runs: readonly Run[], { all, certain, possible }: Causes): string[] {
  const least = 1 + certain
  if (runs.length >= least && runs.length <= least + possible) return []
  const { step, id } = runs[0]!
  const recorded = all.length === 0 ? 'no cause' : all.join(', ')
  const expected = possible === 0 ? `${least}` : `${least} to ${least + possible}`
  return [`${nameOf(step, id)} ran ${runs.length} times in ${step}, with ${recorded} recorded: ${expected} expected`]
}

function nameOf(step: Run['step'], id: string): string {
  return step === 'intake' || step === 'reminders' ? id : `order ${id}`
}
