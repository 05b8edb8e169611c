import type { Fact } from './facts.ts'
import type { Indexed } from './indexed.ts'
import type { Run } from './runs.ts'
import { ON_ITS_WAY, type Trace } from './traces.ts'

/** Until when nobody could be sure that a run's settlement had been taken. */
export function unsureUntil({ setting }: Indexed, { conclusion, events }: Run): number {
  if (conclusion === undefined || conclusion.word === 'refused') return Infinity
  if (conclusion.word === 'given') return setting.ack === 'stored' ? conclusion.wordAt : conclusion.wordAt + ON_ITS_WAY
  return events.some(({ event }) => event === 'settle-failed') ? Infinity : conclusion.at + ON_ITS_WAY
}

/** True where the broker has taken a settlement, and no death, no cut and no clock changes that. */
export function isFinal({ setting }: Indexed, { conclusion }: Run): boolean {
  return (
    conclusion?.word === 'given' &&
    setting.ack === 'stored' &&
    (conclusion.outcome === 'acked' || conclusion.outcome === 'dead')
  )
}

/** True where it was redriven between two facts, or may have been. */
export function isRedriven(history: Indexed, { taken }: Trace, from: Fact, to: Fact): boolean {
  return taken.some((fact) => fact.fact === 'redriven' && !history.isBefore(fact, from) && !history.isBefore(to, fact))
}

/** True where a run that let go of its message gave reason for a later one to start. */
export function mayComeAgain(history: Indexed, run: Run, next: Run): boolean {
  const { conclusion, start } = run
  if (conclusion === undefined || (conclusion.outcome !== 'acked' && conclusion.outcome !== 'dead')) return true
  if (isStale(history, run, next)) return true
  if (isFinal(history, run)) return false
  if (conclusion.word === 'refused' || run.toldLate !== undefined || lostIt(run) !== undefined) return true
  const until = Math.min(unsureUntil(history, run), next.start.at + history.lag)
  // A pause takes nothing from a run that is done.
  return history.incidents.touching(start.process, start.at, until, 'harm', 'leave') !== undefined
}

/** The library said that it does not hold the message any more. */
function lostIt({ events }: Run): Fact | undefined {
  return events.find(({ event }) => event === 'lease-lost' || event === 'settle-failed' || event === 'unsettled')
}

/** True for a run of what had lain in a process that something happened to meanwhile, and that found out only later. */
function isStale({ incidents, lag }: Indexed, run: Run, next: Run): boolean {
  const { conclusion, toldLate, start } = next
  const foundOut = toldLate !== undefined || conclusion?.outcome === 'lost' || conclusion?.word === 'refused'
  return foundOut && incidents.touching(start.process, run.start.at, start.at + lag, 'harm') !== undefined
}

/** True where a run still had its message in its hand when another started. */
export function hasInHand(history: Indexed, { conclusion }: Run, next: Run): boolean {
  if (conclusion === undefined) return true
  // A failure after a grace has no fact of its own.
  return conclusion.at > conclusion.by.at ? conclusion.at > next.start.at : history.isBefore(next.start, conclusion.by)
}

/** Why a run may still have it in its hand when another starts: it was told, or something has happened that it cannot know of yet. */
export function handover(history: Indexed, run: Run, next: Run): Fact | undefined {
  const { start, facts, events } = run
  const latest = next.start.at + history.lag
  return (
    facts.find(({ fact, at }) => fact === 'told' && at <= latest) ??
    events.find(({ event, at }) => (event === 'lease-lost' || event === 'unsettled') && at <= latest) ??
    history.incidents.touching(start.process, start.at, latest, 'harm')?.facts[0] ??
    (isStale(history, run, next) ? next.start : undefined)
  )
}
