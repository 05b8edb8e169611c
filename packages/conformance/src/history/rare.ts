import type { Indexed } from './indexed.ts'
import type { Problem } from './problem.ts'

/** What a second copy of a message may look like. */
const OF_COPIES: ReadonlySet<string> = new Set([
  'duplicate',
  'overlap-lease',
  'attempt',
  'dead-wrong',
  'early',
  'stale-settlement',
])
/** Of so many messages one may come twice and still be called rare. */
const ONE_IN = 100

/** A service may deliver what is not ordered twice, and says that it rarely does. What is left is more than that, or something else. */
export function withoutRare({ setting, sends }: Indexed, problems: readonly Problem[]): readonly Problem[] {
  if (setting.duplicates === 'none') return problems
  const copies = problems.filter((problem) => mayBeCopy(problem, setting.sources))
  const messages = new Set(copies.map(messageOf))
  const isRare = messages.size <= Math.max(1, sends.length / ONE_IN)
  return isRare ? problems.filter((problem) => !copies.includes(problem)) : problems
}

function mayBeCopy(problem: Problem, sources: Indexed['setting']['sources']): boolean {
  const start = problem.facts.find((fact) => fact.fact === 'start')
  return OF_COPIES.has(problem.rule) && start !== undefined && sources.get(start.source)?.ordered === false
}

function messageOf({ facts }: Problem): string | undefined {
  const start = facts.find((fact) => fact.fact === 'start')
  return start && `${start.source} ${start.id}`
}
