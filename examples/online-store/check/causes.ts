import { factsOf, type Cause, type Fact, type Step } from '../facts.ts'

/** Each of these makes a handler run once more; the others only may: what was acknowledged in time does not come again. */
const CERTAIN: ReadonlySet<Cause> = new Set(['retry', 'deferred', 'given back', 'redrive'])

/** A handler of the other step sends the message under the same id: what may have run again may have sent again. */
const SENT_BY: Readonly<Partial<Record<Step, Step>>> = { fulfilment: 'payment' }

/** Why one message ran more than once in a step. */
export interface Causes {
  readonly all: readonly Cause[]
  /** So many more runs there must be. */
  readonly certain: number
  /** And so many more there may be. */
  readonly possible: number
}

/** Looks up the causes that were recorded. */
export type CausesOf = (step: Step, id: string) => Causes

export function causesIn(facts: readonly Fact[]): CausesOf {
  const lists = new Map<string, Cause[]>()
  for (const { step, id, cause } of factsOf(facts, 'again')) {
    const key = `${step} ${id}`
    const list = lists.get(key)
    if (list === undefined) lists.set(key, [cause])
    else list.push(cause)
  }
  return (step, id) => {
    const own = lists.get(`${step} ${id}`) ?? []
    const sender = SENT_BY[step]
    const before = sender === undefined ? [] : (lists.get(`${sender} ${id}`) ?? []).filter(isFault)
    return weighed([...own, ...before])
  }
}

function isFault(cause: Cause): boolean {
  return !CERTAIN.has(cause)
}

function weighed(all: readonly Cause[]): Causes {
  const possible = all.filter(isFault).length
  return { all, certain: all.length - possible, possible }
}
