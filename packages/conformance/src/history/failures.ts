import { isRedriven } from './again.ts'
import type { Fact } from './facts.ts'
import type { Indexed } from './indexed.ts'
import type { Run } from './runs.ts'
import type { Trace } from './traces.ts'

/** How many failures there may have been: as few, and as many. */
export interface Range {
  readonly low: number
  readonly high: number
}

/** The failures of a message before and after one of its runs, as far as they must and may have been counted. */
export interface Counted {
  readonly run: Run
  readonly before: Range
  readonly after: Range
}

const NONE: Range = { low: 0, high: 0 }

/** Each count begins with what the run before was told, right or wrong, so that one fault is reported once. */
export function failuresOf(history: Indexed, trace: Trace): Counted[] {
  const counted: Counted[] = []
  for (const [index, run] of trace.runs.entries()) {
    const last = counted.at(-1)
    const next = trace.runs[index + 1]
    const before = last === undefined ? NONE : carried(history, trace, last, run)
    const known = run.start.attempt - 1
    const [low, high] = ownFailures(history, run, next)
    counted.push({
      run,
      before: widened(trace, before, last?.run, run),
      after: { low: known + low, high: known + high },
    })
  }
  return counted
}

/** What a message that comes again brings along. */
function carried(history: Indexed, trace: Trace, { run, after }: Counted, next: Run): Range {
  if (isRedriven(history, trace, run.start, next.start))
    return next.start.redriven > run.start.redriven ? NONE : { low: 0, high: after.high }
  return mayHaveRestarted(history, trace, run, next) ? { low: 0, high: after.high } : after
}

/** What one process alone remembers ends with it, or when another takes over. */
function mayHaveRestarted({ setting, incidents }: Indexed, trace: Trace, { start }: Run, next: Run): boolean {
  if (setting.heldAttempts === 'kept') return false
  if (setting.held === 'ordered' && !trace.setting.ordered) return false
  return (
    start.process !== next.start.process || incidents.touching(start.process, start.at, next.start.at) !== undefined
  )
}

/** Input that nobody could read has failed without a run; the library says so. */
function widened({ events, runs }: Trace, { low, high }: Range, last: Run | undefined, run: Run): Range {
  const from = last?.start.at ?? -Infinity
  const retries = events.filter(({ event, at }) => event === 'retry' && at >= from && at <= run.start.at)
  const silent = retries.filter((retry) => !runs.some((one) => one.events.includes(retry)))
  return { low, high: high + silent.length }
}

/** Failures that a run adds: at least, and at most. */
function ownFailures(history: Indexed, run: Run, next: Run | undefined): [least: number, most: number] {
  const { conclusion, start, toldLate } = run
  const until = next?.start.at ?? history.lastAt
  const harm = history.incidents.touching(start.process, start.at, until, 'harm')
  if (conclusion === undefined) return [0, wasOnlyKilled(history, harm?.facts[0]) ? 0 : 1]
  const { outcome, isDoubtful, word } = conclusion
  if (outcome === 'deferred' || outcome === 'released') return [0, 0]
  if (outcome === 'lost' || isDoubtful) return [0, 1]
  if (outcome === 'failed' || outcome === 'dead') {
    // Nobody knows whether the broker has heard of it.
    const isUnheard = harm !== undefined || toldLate !== undefined || word === 'refused'
    return isUnheard ? [0, 1] : [1, 1]
  }
  // It was acknowledged and came again all the same: its lease may have run out.
  return [0, 1]
}

/** A death is no failure. Of what a process of its own did in its last moments, not everything may be known. */
function wasOnlyKilled({ setting }: Indexed, first: Fact | undefined): boolean {
  return setting.grain === 0 && first?.fact === 'life' && first.what === 'killed'
}
