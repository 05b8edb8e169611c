import { handover, hasInHand } from '../again.ts'
import type { Indexed } from '../indexed.ts'
import { batchesOf, type Line, type Place } from '../lines.ts'
import type { Problem } from '../problem.ts'

type Batches = ReturnType<typeof batchesOf>

/** Two messages of one key in two hands at once, and the first had not been told. */
export function overlapKey(history: Indexed): Problem[] {
  const batches = batchesOf(history.facts)
  return history.lines.flatMap((line) => ofLine(history, line, batches))
}

function ofLine(history: Indexed, line: Line, batches: Batches): Problem[] {
  const problems: Problem[] = []
  let open: Place[] = []
  for (const next of line.places) {
    open = open.filter(({ run }) => hasInHand(history, run, next.run) && handover(history, run, next.run) === undefined)
    // One message twice is another rule's concern.
    const other = open.find(({ run, trace }) => trace !== next.trace && !isOneBatch(run, next.run, batches))
    if (other !== undefined) problems.push(problem(history, line, other, next))
    open.push(next)
  }
  return problems
}

/** The messages of a batch are handed over together. */
function isOneBatch({ start }: Place['run'], { start: next }: Place['run'], batches: Batches): boolean {
  const batch = batches.get(start)
  return batch !== undefined && batch === batches.get(next)
}

function problem(history: Indexed, { source, key }: Line, first: Place, second: Place): Problem {
  return {
    rule: 'overlap-key',
    message: `messages ${first.trace.id} and ${second.trace.id} of key ${key} of ${source} were in two hands at once`,
    facts: history.inOrder([
      first.send.fact,
      second.send.fact,
      first.run.start,
      ...first.run.facts,
      second.run.start,
      ...second.run.facts,
    ]),
  }
}
