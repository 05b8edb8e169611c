import { hasInHand, isFinal, isRedriven, mayComeAgain } from '../again.ts'
import type { Indexed } from '../indexed.ts'
import type { Problem } from '../problem.ts'
import type { Run } from '../runs.ts'
import type { Send } from '../sends.ts'
import type { Trace } from '../traces.ts'

/** It was finished, and it came again without anything that excuses it; or it is a repeat that should have been dropped. */
export function duplicate(history: Indexed): Problem[] {
  return [
    ...history.traces.flatMap((trace) => (trace.runs.length > 1 ? ofTrace(history, trace) : [])),
    ...repeated(history),
  ]
}

function ofTrace(history: Indexed, trace: Trace): Problem[] {
  const problems: Problem[] = []
  /** Runs after which it should not have come again. */
  let finished: Run[] = []
  let previous: Run | undefined
  for (const run of trace.runs) {
    if (run.start.at >= trace.pluralFrom) break
    if (previous !== undefined && isRedriven(history, trace, previous.start, run.start)) finished = []
    const first = finished.find((one) => !hasInHand(history, one, run) && !mayComeAgain(history, one, run))
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

/** Sent again under one dedupe id, within the window for sure, and both came. */
function repeated(history: Indexed): Problem[] {
  const problems: Problem[] = []
  const originals = new Map<string, Send>()
  for (const { source, setting, sends, runs, id } of history.traces) {
    const [send, second] = sends
    if (setting.dedupe === 0 || send?.confirmed === undefined || second !== undefined || runs.length === 0) continue
    const { dedupeId } = send.fact
    if (dedupeId === undefined) continue
    const name = JSON.stringify([source, dedupeId])
    const first = originals.get(name)
    originals.set(name, send)
    if (first === undefined || !isRepeat(history, first, send, setting.dedupe)) continue
    const message = `message ${id} came from ${source}, and is a repeat of ${first.id} within the dedupe window`
    const facts = [first.fact, first.confirmed, send.fact, send.confirmed, runs[0]!.start]
    problems.push({ rule: 'duplicate', message, facts: history.inOrder(facts) })
  }
  return problems
}

/** What a broker remembers it may forget when it dies. */
function isRepeat({ setting, incidents }: Indexed, first: Send, second: Send, window: number): boolean {
  const [from, to] = [first.fact.at, second.confirmed!.at]
  const isWithin = to + setting.grain - from <= window
  return isWithin && first.confirmed!.at + setting.grain < second.fact.at && !incidents.during(from, to, 'harm')
}
