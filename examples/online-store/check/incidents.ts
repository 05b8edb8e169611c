import { factsOf } from '../facts.ts'
import type { Evidence } from './evidence.ts'
import { isShortDay, type Expected } from './expected.ts'

/** A day on which nothing goes wrong proves nothing. */
export function incidentFaults(expected: Expected, { facts, restarts }: Evidence): string[] {
  if (isShortDay(expected)) return []
  const causes = new Set(factsOf(facts, 'again').map(({ cause }) => cause))
  return [
    ...(causes.has('retry') ? [] : ['nothing failed']),
    ...(causes.has('deferred') ? [] : ['no payment had to wait: the outage has not happened']),
    ...(causes.has('crash') ? [] : ['no worker died with an order in its hands']),
    ...(causes.has('restart') || !restarts ? [] : ['the broker was not restarted while anything was on its way']),
  ]
}
