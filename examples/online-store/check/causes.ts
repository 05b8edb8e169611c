import type { Cause, Fact, Step } from '../books.ts'

/** Each of these makes a handler run once more; the others only may: what was acknowledged in time does not come again. */
const CERTAIN: ReadonlySet<Cause> = new Set(['retry', 'redrive'])

/** Why one message ran more than once in a step. */
export interface Causes {
  readonly all: readonly Cause[]
  /** So many more runs there must be. */
  readonly certain: number
  /** And so many more there may be. */
  readonly possible: number
}

const NONE: Causes = { all: [], certain: 0, possible: 0 }

/** Looks up the causes that were recorded. */
export function causesIn(facts: readonly Fact[]): (step: Step, id: string) => Causes {
  const lists = new Map<string, Cause[]>()
  for (const fact of facts) {
    if (fact.fact !== 'again') continue
    const key = `${fact.step} ${fact.id}`
    const list = lists.get(key)
    if (list === undefined) lists.set(key, [fact.cause])
    else list.push(fact.cause)
  }
  const causes = new Map([...lists].map(([key, all]) => [key, weighed(all)]))
  return (step, id) => causes.get(`${step} ${id}`) ?? NONE
}

function weighed(all: readonly Cause[]): Causes {
  const certain = all.filter((cause) => CERTAIN.has(cause)).length
  return { all, certain, possible: all.length - certain }
}
