import { isRedriven } from '../again.ts'
import type { Fact } from '../facts.ts'
import type { Indexed } from '../indexed.ts'
import type { Problem } from '../problem.ts'
import type { Run } from '../runs.ts'
import type { Trace } from '../traces.ts'

/** Clocks that tell whole milliseconds only are behind by less than one. */
const UNTOLD = 1

/** A message came before the time that its sender, its handler or its policy had set. */
export function early(history: Indexed): Problem[] {
  return history.traces.flatMap((trace) => [...afterSend(history, trace), ...afterRuns(history, trace)])
}

function afterSend(history: Indexed, { source, id, sends, puts, runs }: Trace): Problem[] {
  const [first] = runs
  if (first === undefined || sends.length === 0 || puts.length > 0 || first.start.redriven > 0) return []
  // Of two sends of one id nobody knows which one it is.
  const send = sends.reduce((a, b) => (b.fact.notBefore < a.fact.notBefore ? b : a))
  if (!isEarly(history, first.start, send.fact.notBefore)) return []
  const message = `message ${id} came from ${source} ${by(first.start, send.fact.notBefore)} than its sender had asked`
  return [{ rule: 'early', message, facts: [send.fact, first.start] }]
}

function afterRuns(history: Indexed, trace: Trace): Problem[] {
  const { source, id, runs } = trace
  return runs.flatMap((next, index) => {
    const run = runs[index - 1]
    const wait = run && waitOf(run)
    if (run === undefined || wait === undefined || !isEarly(history, next.start, wait.until)) return []
    if (isExcused(history, trace, run, next)) return []
    const message = `message ${id} came from ${source} again ${by(next.start, wait.until)} than ${wait.whose} had said`
    const facts = history.inOrder([run.start, ...run.facts, ...run.events, next.start])
    return [{ rule: 'early', message, facts }]
  })
}

/** Until when it has to wait: as the run said, and as the library said it would. */
function waitOf({ conclusion, events }: Run): { until: number; whose: string } | undefined {
  if (conclusion === undefined) return undefined
  const { outcome, at, after = 0 } = conclusion
  if (outcome !== 'failed' && outcome !== 'deferred') return undefined
  const said = events.findLast(({ event }) => event === 'retry')
  const retry = said?.delay === undefined ? 0 : said.at + said.delay
  return retry > at + after ? { until: retry, whose: 'the event' } : { until: at + after, whose: 'the handler' }
}

/** What waits in a process comes at once when that process dies, closes or loses it. */
function isExcused(history: Indexed, trace: Trace, run: Run, next: Run): boolean {
  const { conclusion, start, toldLate } = run
  return (
    next.start.at >= trace.pluralFrom ||
    conclusion?.word === 'refused' ||
    toldLate !== undefined ||
    history.incidents.touching(start.process, start.at, next.start.at) !== undefined ||
    isRedriven(history, trace, start, next.start)
  )
}

function isEarly({ setting: { grain } }: Indexed, start: Fact, until: number): boolean {
  return start.at <= until - Math.max(grain, UNTOLD)
}

function by(start: Fact, until: number): string {
  return `${Math.round(until - start.at)} ms earlier`
}
