import type { Fact } from '../facts.ts'
import type { Indexed } from '../indexed.ts'
import type { Problem } from '../problem.ts'

const EVENTS: Readonly<Record<string, string>> = {
  'connection-lost': 'lost its connection',
  redeclared: 'found a place gone that it had declared',
}

/** What excuses a lot of others, and nobody had done anything that could cause it. */
export function unasked(history: Indexed): Problem[] {
  return history.facts.flatMap((fact) => {
    const what = fact.fact === 'event' ? EVENTS[fact.event] : undefined
    if (what === undefined || history.facts.some((cause) => mayCause(history, cause, fact))) return []
    const message = `process ${fact.process} ${what}, and the case had done nothing that could cause it`
    return [{ rule: 'unasked', message, facts: [fact] }]
  })
}

function mayCause(history: Indexed, cause: Fact, fact: Fact): boolean {
  const isHarm =
    cause.fact === 'fault' || (cause.fact === 'life' && (cause.what === 'killed' || cause.what === 'frozen'))
  return isHarm && !history.isBefore(fact, cause)
}
