import type { Evidence } from './evidence.ts'
import type { Expected } from './expected.ts'

/** In a day as short as this all may be over before anything can go wrong. */
const SHORT_DAY = 100

/** A day on which nothing goes wrong proves nothing. */
export function incidentFaults(expected: Expected, { facts, restarts }: Evidence): string[] {
  if (expected.orders.size < SHORT_DAY) return []
  const causes = new Set(facts.filter((fact) => fact.fact === 'again').map(({ cause }) => cause))
  return [
    ...(causes.has('retry') ? [] : ['no payment failed: the outage has not happened']),
    ...(causes.has('crash') ? [] : ['no worker died with an order in its hands']),
    ...(causes.has('restart') || !restarts ? [] : ['the broker was not restarted while anything was on its way']),
  ]
}
