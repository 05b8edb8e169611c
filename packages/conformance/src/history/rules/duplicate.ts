import { hasInHand, isFinal, isRedriven, mayComeAgain } from '../again.ts'
import type { Indexed } from '../indexed.ts'
import type { Problem } from '../problem.ts'
import type { Run } from '../runs.ts'
import type { Trace } from '../traces.ts'

/** It was finished, and it came again without anything that excuses it. */
export function duplicate(history: Indexed): Problem[] {
  return history.traces.flatMap((trace) => (trace.runs.length > 1 ? ofTrace(history, trace) : []))
}

function ofTrace(history: Indexed, trace: Trace): Problem[] {
  const problems: Problem[] = []
  /** Runs after which it should not have come again. */
  let finished: Run[] = []
  let previous: Run | undefined
  for (const run of trace.runs) {
    if (run.start.at >= trace.pluralFrom) break
    if (previous !== undefined && isRedriven(history, trace, previous.start, run.start)) finished = []
    const first = finished.find((one) => !hasInHand(history, one, run) && !mayComeAgain(history, one, run, trace))
    if (first !== undefined) problems.push(problem(history, trace, first, run))
    const outcome = run.conclusion?.outcome
    if (outcome === 'acked' || outcome === 'dead') finished.push(run)
    previous = run
  }
  return problems
}

function problem(history: Indexed, { source, id, sends }: Trace, first: Run, second: Run): Problem {
  const how = first.conclusion?.outcome === 'dead' ? 'given up' : 'finished'
  const taken = isFinal(history, first) ? ', and the broker had taken that' : ''
  return {
    rule: 'duplicate',
    message: `message ${id} was ${how} in ${source}${taken}, and came again without a reason`,
    facts: history.inOrder([
      ...sends.flatMap(({ fact, confirmed }) => [fact, confirmed]),
      first.start,
      ...first.facts,
      second.start,
    ]),
  }
}
