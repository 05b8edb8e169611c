import type { EvidenceFact, Fact, FaultFact, LifeFact } from './facts.ts'
import { addTo } from './grouped.ts'

/** Something by which a process may have lost what it held, or what it had on its way. */
export interface Incident {
  readonly from: number
  readonly to: number
  /** Undefined: every process. */
  readonly process: string | undefined
  /** `harm` can come at any moment and is not told in time; what a user asked for (`leave`, `pause`) is told to whom it concerns. */
  readonly kind: 'harm' | 'leave' | 'pause'
  readonly facts: readonly Fact[]
}

/** Harm that is done to one broker object; all other harm is done to the broker. */
const OF_ONE: ReadonlySet<string> = new Set(['cut', 'slow'])
/** Who stands for the case itself, which is no process. */
const CASE = 'case'
const EVERYBODY = ''

/** All incidents of a history, and who was touched by them. */
export class Incidents {
  readonly all: readonly Incident[]
  readonly #ofProcess = new Map<string, Incident[]>()

  constructor(all: readonly Incident[]) {
    this.all = all
    for (const incident of all) addTo(this.#ofProcess, incident.process ?? EVERYBODY, incident)
  }

  /** The first, of these kinds or of any, that touched a process at any moment from `from` to `to`. */
  touching(process: string, from: number, to: number, ...kinds: readonly Incident['kind'][]): Incident | undefined {
    const isIt = (one: Incident): boolean =>
      one.from <= to && one.to >= from && (kinds.length === 0 || kinds.includes(one.kind))
    return this.#ofProcess.get(process)?.find(isIt) ?? this.#ofProcess.get(EVERYBODY)?.find(isIt)
  }

  /** Any at all, whomever it touched. */
  during(from: number, to: number, kind: Incident['kind']): boolean {
    return this.all.some((one) => one.from <= to && one.to >= from && one.kind === kind)
  }
}

/** @param lag how late an incident may be noticed, milliseconds */
export function incidentsOf(facts: readonly Fact[], lag: number): Incidents {
  const marks = facts.filter(isMark)
  return new Incidents(marks.flatMap((mark, index) => incidentOf(mark, marks.slice(index + 1), lag) ?? []))
}

const EVENTS: ReadonlySet<string> = new Set(['connection-lost', 'consume-failed', 'redeclared'])

/** It may say of an incident, or of its end. */
function isMark(fact: Fact): boolean {
  if (fact.fact === 'event') return EVENTS.has(fact.event)
  return fact.fact === 'fault' || fact.fact === 'evidence' || fact.fact === 'life'
}

function incidentOf(mark: Fact, later: readonly Fact[], lag: number): Incident | undefined {
  const { at, process } = mark
  const moment = { from: at, to: at, process, facts: [mark] }
  if (mark.fact === 'fault') return faultOf(mark, later, lag)
  if (mark.fact === 'event') {
    // Whatever vanished and was declared again had been there for everybody.
    return { ...moment, process: mark.event === 'redeclared' ? undefined : process, kind: 'harm' }
  }
  if (mark.fact !== 'life') return undefined
  // Between the word and its death a process may do something yet.
  if (mark.what === 'killed') return { ...moment, to: at + lag, kind: 'harm' }
  if (mark.what === 'frozen') return { ...moment, to: endOf(mark, later, 'thawed') + lag, kind: 'harm' }
  if (mark.what === 'closing') return { ...moment, to: endOf(mark, later, 'closed'), kind: 'leave' }
  return mark.what === 'paused' ? { ...moment, to: endOf(mark, later, 'resumed'), kind: 'pause' } : undefined
}

/** Only what has happened; it may have gone on happening until it was last seen to. */
function faultOf(fault: FaultFact, later: readonly Fact[], lag: number): Incident | undefined {
  const evidence = evidenceOf(fault, later)
  if (evidence.length === 0) return undefined
  const process = OF_ONE.has(fault.fault) && fault.process !== CASE ? fault.process : undefined
  const to = evidence.at(-1)!.at + lag
  return { from: fault.at, to, process, kind: 'harm', facts: [fault, ...evidence] }
}

/** That a fault happened, as far as it was seen. What is seen after the same was asked for again is of that one. */
export function evidenceOf({ fault, process }: FaultFact, later: readonly Fact[]): EvidenceFact[] {
  const isSame = (fact: Fact): boolean => fact.fact === 'fault' && fact.fault === fault && fact.process === process
  const again = later.findIndex(isSame)
  return later
    .slice(0, again < 0 ? later.length : again)
    .filter(
      (fact): fact is EvidenceFact => fact.fact === 'evidence' && fact.fault === fault && fact.process === process,
    )
}

function endOf({ process, consumer }: LifeFact, later: readonly Fact[], what: LifeFact['what']): number {
  const end = later.find(
    (fact) => fact.fact === 'life' && fact.process === process && fact.what === what && fact.consumer === consumer,
  )
  return end?.at ?? Infinity
}
