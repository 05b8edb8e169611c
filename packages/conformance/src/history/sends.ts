import type { ConfirmedFact, DeadFact, Fact, RefusedFact, SendFact, StartFact } from './facts.ts'
import { addTo } from './grouped.ts'
import type { Incidents } from './incidents.ts'
import type { Setting } from './setting.ts'

/** One send, and what its caller was told. */
export interface Send {
  readonly fact: SendFact
  readonly confirmed: ConfirmedFact | undefined
  readonly refused: RefusedFact | undefined
  /** `unknown`: nobody can tell whether it arrived, the caller included. */
  readonly fate: 'confirmed' | 'unknown' | 'not-sent'
  /** '' where nobody ever learned it. */
  readonly id: string
  /** The library may have sent it more than once. */
  readonly isRepeated: boolean
}

/** What was seen of a message at the other end. */
type Arrival = StartFact | DeadFact

export function sendsOf(facts: readonly Fact[], setting: Setting, incidents: Incidents): Send[] {
  const ends = new Map<number, ConfirmedFact | RefusedFact>()
  const retries = new Map<string, number[]>()
  for (const fact of facts) {
    if (fact.fact === 'confirmed' || fact.fact === 'refused') ends.set(fact.send, fact)
    if (fact.fact === 'event' && fact.event === 'send-retry') addTo(retries, fact.process, fact.at)
  }
  const arrivals = facts.filter((fact) => fact.fact === 'start' || fact.fact === 'dead')
  const strangers = new Strangers(arrivals, setting, facts, ends)
  const sends = facts.filter((fact) => fact.fact === 'send')
  // Those of which nobody can tell come first: what was refused for sure has arrived only if no other can have.
  const named = new Map<SendFact, string>()
  for (const isSure of [false, true])
    for (const fact of sends) {
      const end = ends.get(fact.send)
      if (isRefused(end) === isSure) named.set(fact, idOf(fact, end) || strangers.claimedBy(fact))
    }
  return sends.map((fact) => {
    const end = ends.get(fact.send)
    const until = end?.at ?? Infinity
    const wasRetried = retries.get(fact.process)?.some((at) => at >= fact.at && at <= until) ?? false
    const fate = fateOf(end)
    return {
      fact,
      confirmed: end?.fact === 'confirmed' ? end : undefined,
      refused: end?.fact === 'refused' ? end : undefined,
      fate,
      id: named.get(fact)!,
      isRepeated:
        fate === 'unknown' || wasRetried || incidents.touching(fact.process, fact.at, until, 'harm') !== undefined,
    }
  })
}

function fateOf(end: ConfirmedFact | RefusedFact | undefined): Send['fate'] {
  if (isRefused(end)) return 'not-sent'
  return end?.fact === 'confirmed' ? 'confirmed' : 'unknown'
}

function isRefused(end: ConfirmedFact | RefusedFact | undefined): boolean {
  return end?.fact === 'refused' && end.outcome === 'not-sent'
}

function idOf({ id }: SendFact, end: ConfirmedFact | RefusedFact | undefined): string {
  return end?.fact === 'confirmed' && end.id !== '' ? end.id : id
}

/** Ids that arrived and that no caller has heard of: those of sends whose callers were told of no id. */
class Strangers {
  readonly #setting: Setting
  readonly #waiting = new Map<string, Arrival[]>()

  constructor(
    arrivals: readonly Arrival[],
    setting: Setting,
    facts: readonly Fact[],
    ends: ReadonlyMap<number, ConfirmedFact | RefusedFact>,
  ) {
    this.#setting = setting
    const known = new Set<string>()
    const puts = new Set<string>()
    for (const fact of facts) {
      if (fact.fact === 'send') known.add(idOf(fact, ends.get(fact.send)))
      if (fact.fact !== 'put') continue
      if (fact.id === undefined) puts.add(`${fact.to}\n${fact.body}`)
      else known.add(fact.id)
    }
    const seen = new Set<string>()
    for (const arrival of arrivals) {
      if (known.has(arrival.id) || seen.has(arrival.id)) continue
      seen.add(arrival.id)
      const from = setting.sources.get(arrival.source)?.from ?? arrival.source
      if (!puts.has(`${from}\n${arrival.body}`)) addTo(this.#waiting, from, arrival)
    }
  }

  /** The id of the first that can be this send; '': none can. */
  claimedBy({ to, at, body }: SendFact): string {
    const waiting = this.#waiting.get(to) ?? []
    const { grain, sources } = this.#setting
    const index = waiting.findIndex(
      (arrival) =>
        arrival.at + grain >= at && (arrival.body === body || (sources.get(arrival.source)?.transforms ?? false)),
    )
    return index < 0 ? '' : waiting.splice(index, 1)[0]!.id
  }
}
