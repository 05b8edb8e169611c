import { factsOf, type Fact } from '../facts.ts'
import { isShortDay, type Expected } from './expected.ts'

type Turn = Extract<Fact, { fact: 'goes' | 'replaced' }>

/**
 * All workers were replaced while there was work: orders were handled before, between and after, and by each new one. That
 * nothing was lost, repeated or overtaken meanwhile the other questions see: a planned change is no cause for anything.
 */
export function rollOverFaults(expected: Expected, facts: readonly Fact[], heads: number): string[] {
  if (isShortDay(expected)) return []
  const replaced = factsOf(facts, 'replaced')
  if (replaced.length !== heads)
    return [`${replaced.length} workers of the inventory were replaced instead of ${heads}`]
  const done = factsOf(facts, 'done')
  const idle = replaced.filter(({ heir }) => !done.some(({ worker }) => worker === heir))
  return [
    ...quietTimes(facts).map((when) => `the inventory handled no order ${when}: it was not rolled over under load`),
    ...idle.map(({ worker, heir }) => `${heir}, who came for ${worker}, has handled no order`),
  ]
}

/** Times around the turns in which the inventory did nothing; not those of a turn itself. */
function quietTimes(facts: readonly Fact[]): string[] {
  const turns = facts.filter((fact): fact is Turn => fact.fact === 'goes' || fact.fact === 'replaced')
  const bounds = [0, ...turns.map((turn) => facts.indexOf(turn)), facts.length]
  return bounds.slice(1).flatMap((to, index) => {
    if (index % 2 === 1) return []
    const isBusy = facts.slice(bounds[index], to).some((fact) => fact.fact === 'done' && fact.step === 'inventory')
    return isBusy ? [] : [nameOf(turns[index - 1], turns[index])]
  })
}

function nameOf(before: Turn | undefined, after: Turn | undefined): string {
  if (before === undefined) return `before ${after!.worker} went`
  return after === undefined ? `after ${before.worker} was replaced` : `between ${before.worker} and ${after.worker}`
}
