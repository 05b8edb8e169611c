import { handover, hasInHand } from '../again.ts'
import type { Indexed } from '../indexed.ts'
import type { Problem } from '../problem.ts'
import type { Trace } from '../traces.ts'

/** One message in two hands at once, and the first had not been told. */
export function overlapLease(history: Indexed): Problem[] {
  return history.traces.flatMap((trace) => ofTrace(history, trace))
}

function ofTrace(history: Indexed, trace: Trace): Problem[] {
  const { source, id, runs, pluralFrom } = trace
  return runs.flatMap((next, index) => {
    const previous = runs[index - 1]
    if (previous === undefined || next.start.at >= pluralFrom) return []
    if (!hasInHand(history, previous, next) || handover(history, previous, next) !== undefined) return []
    const message = `message ${id} of ${source} was in two hands at once: ${previous.start.consumer} had not let go when ${next.start.consumer} got it`
    return [
      {
        rule: 'overlap-lease',
        message,
        facts: history.inOrder([previous.start, ...previous.facts, next.start, ...next.facts]),
      },
    ]
  })
}
