import type { TakenFact } from './facts.ts'
import type { Indexed } from './indexed.ts'
import type { Send } from './sends.ts'
import type { Trace } from './traces.ts'

/** True where anything was ever seen of a message in a source. */
export function wasSeen({ runs, deads, events }: Trace): boolean {
  return runs.length + deads.length + events.length > 0
}

/** True where a message that was confirmed has reached an end in a source, or may still be on its way to one. */
export function isAccounted(history: Indexed, send: Send, trace: Trace): boolean {
  const { runs, events, taken, puts } = trace
  return (
    runs.some(({ conclusion }) => conclusion?.outcome === 'acked') ||
    isDead(history, trace) ||
    (events.some(({ event }) => event === 'dropped') && mayDrop(history, trace)) ||
    taken.some((fact) => isTakenOut(history, send, trace, fact)) ||
    isWaiting(history, send, trace) ||
    wasGoneWithTheBroker(history, send, trace) ||
    wasDropped(history, send, trace) ||
    puts.length > 0
  )
}

/** Where no ids were said, the dead letters that there were: whatever lived stayed. */
function isTakenOut(history: Indexed, { fact: sent }: Send, { deads, events, runs }: Trace, fact: TakenFact): boolean {
  if (fact.fact === 'redriven' || history.place(fact) < history.place(sent)) return false
  const hadDied =
    deads.length > 0 ||
    events.some(({ event }) => event === 'dead-letter') ||
    runs.some(({ conclusion }) => conclusion?.outcome === 'dead')
  return fact.ids !== undefined || fact.fact === 'purged' || hadDied
}

/** Seen dead after the last time that it may have gone back. Where not all can be seen, that it was said counts. */
function isDead(history: Indexed, trace: Trace): boolean {
  const { runs, deads, events, taken, setting } = trace
  const redriven = taken.findLast(({ fact }) => fact === 'redriven')
  const last = deads.at(-1)
  if (last !== undefined && (redriven === undefined || history.place(last) > history.place(redriven))) return true
  const mayBeUnseen = history.setting.peek === 'partial' || setting.drops
  const wasSaid =
    runs.some(({ conclusion }) => conclusion?.outcome === 'dead') || events.some(({ event }) => event === 'dead-letter')
  return mayBeUnseen && wasSaid
}

/** By the policy of the source, or of one of its consumers. */
function mayDrop({ facts }: Indexed, { source, setting }: Trace): boolean {
  return setting.drops || facts.some((fact) => fact.fact === 'life' && fact.source === source && fact.drops === true)
}

/** It is not due yet. */
function isWaiting({ lastAt }: Indexed, { fact }: Send, { runs, events }: Trace): boolean {
  if (fact.notBefore > lastAt) return true
  const said = events.some(({ at, delay }) => delay !== undefined && at + delay > lastAt)
  return (
    said || runs.some(({ conclusion }) => (conclusion?.after ?? 0) > 0 && conclusion!.at + conclusion!.after! > lastAt)
  )
}

/** A broker without a disk forgets when it dies; and what had vanished had been deleted by somebody, with what was in it. */
function wasGoneWithTheBroker({ setting, incidents }: Indexed, { fact }: Send, { source }: Trace): boolean {
  return incidents.all.some(({ to, facts: [first] }) => {
    if (to < fact.at) return false
    if (first?.fact === 'event')
      return first.event === 'redeclared' && (first.source === source || first.source === fact.to)
    return setting.durability === 'volatile' && first?.fact === 'fault' && first.fault === 'kill'
  })
}

/** Another one with its dedupe id had been accepted within the window, whichever of the two came first. */
function wasDropped({ sends, setting: { grain } }: Indexed, send: Send, { setting }: Trace): boolean {
  const { dedupeId, to } = send.fact
  if (dedupeId === undefined || setting.dedupe === 0) return false
  return sends.some(
    (other) =>
      other !== send &&
      other.fate !== 'not-sent' &&
      other.fact.to === to &&
      other.fact.dedupeId === dedupeId &&
      other.fact.at <= (send.confirmed?.at ?? Infinity) &&
      send.fact.at - (other.confirmed?.at ?? Infinity) <= setting.dedupe + grain,
  )
}
