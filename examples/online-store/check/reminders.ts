import { factsOf } from '../facts.ts'
import type { Evidence } from './evidence.ts'
import type { Expected } from './expected.ts'

/** What the machine may need on top of what the broker says of itself: it has few cores and much to do. Milliseconds. */
const MACHINE = 1000

/** The time at which a message is due travels in whole milliseconds: by a finer clock it may come by less than one early. */
const GRAIN = 1

/** The latest that a reminder may come, milliseconds after it is due. */
export function latest({ delayTolerance }: Pick<Evidence, 'delayTolerance'>): number {
  return delayTolerance + MACHINE
}

/** No reminder comes before its time, each comes, and none is late by more than the bound. All by the clock of the books. */
export function reminderFaults({ carts }: Expected, evidence: Evidence): string[] {
  const { facts } = evidence
  const left = new Map(factsOf(facts, 'abandoned').map((fact) => [fact.id, fact]))
  const runs = factsOf(facts, 'run').filter(({ step }) => step === 'reminders')
  const first = new Map(runs.toReversed().map(({ id, at }) => [id, at]))
  return [...carts.values()].flatMap(({ id, delay }) => {
    const start = left.get(id)
    const came = first.get(id)
    if (start === undefined || came === undefined) return [`${id}: its owner was never reminded`]
    if (start.delay !== delay) return [`${id} was to wait ${start.delay} ms instead of ${delay} ms`]
    return lateness(id, came - start.at - delay, latest(evidence))
  })
}

function lateness(id: string, late: number, most: number): string[] {
  if (late <= -GRAIN) return [`${id}: the reminder came ${(-late).toFixed(1)} ms early`]
  return late > most ? [`${id}: the reminder came ${late.toFixed(0)} ms late; ${most} ms are allowed`] : []
}
