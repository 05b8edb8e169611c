import { failuresOf, type Counted } from '../failures.ts'
import type { Indexed } from '../indexed.ts'
import type { Problem } from '../problem.ts'
import type { Trace } from '../traces.ts'

/** A message says of itself that it is at another attempt than its failures explain. */
export function attempt(history: Indexed): Problem[] {
  return history.traces.flatMap((trace) => {
    // A stranger's message may come with any count.
    if (trace.puts.length > 0 || trace.sends.length === 0) return []
    return failuresOf(history, trace).flatMap((counted, index, all) => {
      const { before, run } = counted
      const failures = run.start.attempt - 1
      if (run.start.at >= trace.pluralFrom || (failures >= before.low && failures <= before.high)) return []
      return [problem(history, trace, counted, all[index - 1])]
    })
  })
}

function problem(
  history: Indexed,
  { source, id }: Trace,
  { run, before }: Counted,
  last: Counted | undefined,
): Problem {
  const { low, high } = before
  const expected = low === high ? `${low + 1}` : `${low + 1} to ${high + 1}`
  return {
    rule: 'attempt',
    message: `message ${id} came from ${source} at attempt ${run.start.attempt} instead of ${expected}`,
    facts: history.inOrder([last?.run.start, ...(last?.run.facts ?? []), ...(last?.run.events ?? []), run.start]),
  }
}
