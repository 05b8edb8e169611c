import { handover, hasInHand } from '../again.ts'
import type { AnsweredFact, Fact } from '../facts.ts'
import type { Indexed } from '../indexed.ts'
import type { Problem } from '../problem.ts'
import type { Run } from '../runs.ts'
import type { Trace } from '../traces.ts'

/** A settlement was taken from a run that had nothing to settle any more. */
export function staleSettlement(history: Indexed): Problem[] {
  return history.traces.flatMap((trace) => trace.runs.flatMap((run, index) => ofRun(history, trace, run, index) ?? []))
}

function ofRun(history: Indexed, trace: Trace, run: Run, index: number): Problem | undefined {
  const [first, second] = run.successes
  if (first === undefined) return undefined
  const problem = (message: string, ...facts: (Fact | undefined)[]): Problem => ({
    rule: 'stale-settlement',
    message: `${first.verb} of message ${trace.id} of ${trace.source} was taken, ${message}`,
    facts: history.inOrder([run.start, ...run.facts, ...facts]),
  })
  if (second !== undefined) return problem(`and so was a second settlement of the same run (${second.verb})`)
  const asked = askedOf(run, first)
  if (asked === undefined) return undefined
  const told = run.facts.find((fact) => fact.fact === 'told' && fact.code === 'MQ_LEASE_LOST')
  if (told !== undefined && history.isBefore(told, asked)) return problem('after its lease was lost')
  const next = successor(history, trace, run, index, asked)
  return next && problem('after somebody else had got it', next.start)
}

function askedOf({ facts }: Run, { verb }: AnsweredFact): Fact | undefined {
  return facts.find((fact) => fact.fact === 'asked' && fact.verb === verb)
}

/** Who holds it for sure, by then: a message has one holder, whatever the reason was that it came to that one. */
function successor(history: Indexed, trace: Trace, run: Run, index: number, asked: Fact): Run | undefined {
  const next = trace.runs[index + 1]
  if (next === undefined || next.start.at >= trace.pluralFrom) return undefined
  if (next.start.at + history.lag >= asked.at || !hasInHand(history, run, next)) return undefined
  // Without a reason to be there the other one is at fault, and that is said elsewhere.
  if (handover(history, run, next) === undefined) return undefined
  const { conclusion, toldLate } = next
  if (toldLate !== undefined || conclusion?.outcome === 'lost' || conclusion?.word === 'refused') return undefined
  // An acknowledgement that is only written to a connection is taken while the connection seems to live.
  const { start } = run
  const wasHarmed = history.incidents.touching(start.process, start.at, asked.at + history.lag, 'harm') !== undefined
  return history.setting.ack === 'sent' && wasHarmed ? undefined : next
}
