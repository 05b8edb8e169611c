import { unsureUntil } from './again.ts'
import type { Fact } from './facts.ts'
import type { Indexed } from './indexed.ts'
import type { Place } from './lines.ts'
import type { Send } from './sends.ts'

/** True where both were sent, and their senders could know in which order. */
export function wasSentBefore(history: Indexed, a: Send, b: Send): boolean {
  // What nobody can tell of may arrive late.
  if (a.fate !== 'confirmed' || a === b) return false
  if (a.fact.process === b.fact.process) return history.place(a.fact) < history.place(b.fact)
  return history.isBefore(a.confirmed!, b.fact)
}

/** A moment from which on a message that came again had its turn back, and others of its key had to wait for it. */
export interface Turn {
  readonly at: number
  /** What says so; undefined: something that took a while. */
  readonly by: Fact | undefined
}

/** When the turn was back that a run had had; undefined: after harm nobody can tell. */
export function turnBack(history: Indexed, { run }: Place, next: Fact): Turn | undefined {
  const { conclusion, facts, start } = run
  const until = Math.min(unsureUntil(history, run), next.at)
  const harm = history.incidents.touching(start.process, start.at, until, 'harm')
  if (harm !== undefined && !isDeath(harm.facts[0])) return undefined
  const leave = history.incidents.touching(start.process, start.at, until, 'leave', 'pause')
  const told = facts.findLast(({ fact, at }) => fact === 'told' && at <= next.at)
  const turns: Turn[] = []
  if (conclusion !== undefined) turns.push({ at: conclusion.at, by: conclusion.by })
  if (told !== undefined) turns.push({ at: told.at, by: told })
  for (const incident of [harm, leave]) if (incident !== undefined) turns.push({ at: incident.to, by: undefined })
  return turns.length === 0 ? undefined : turns.reduce((a, b) => (b.at >= a.at ? b : a))
}

/** True for a fact that came when the turn was back for sure. */
export function isAfter(history: Indexed, fact: Fact, { at, by }: Turn): boolean {
  if (by === undefined || at > by.at) return fact.at > at + history.setting.grain
  return history.isBefore(by, fact)
}

function isDeath(fact: Fact | undefined): boolean {
  return fact?.fact === 'life' && fact.what === 'killed'
}
