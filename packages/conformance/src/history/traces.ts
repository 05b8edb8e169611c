import type { DeadFact, EventFact, Fact, PutFact, StartFact, TakenFact } from './facts.ts'
import { addTo } from './grouped.ts'
import type { Incidents } from './incidents.ts'
import { runOf, type Run } from './runs.ts'
import type { Send } from './sends.ts'
import type { Setting, SourceSetting } from './setting.ts'

/** Everything that is known of one message in one source. Lists are in the order of time. */
export interface Trace {
  readonly source: string
  readonly id: string
  readonly setting: SourceSetting
  /** Sends that may have brought it here. */
  readonly sends: readonly Send[]
  /** Sends of which the library said that they did not. */
  readonly refused: readonly Send[]
  /** It may have been put there without the library. */
  readonly puts: readonly PutFact[]
  readonly runs: readonly Run[]
  readonly deads: readonly DeadFact[]
  readonly events: readonly EventFact[]
  /** What was taken out on purpose and may have been this. */
  readonly taken: readonly TakenFact[]
  /** From then on there may be more than one of it: each with its own life. Infinity: never. */
  readonly pluralFrom: number
}

/**
 * A settlement that nobody waits for leaves at once, and so long it may be on its way, milliseconds. Where something holds it up longer,
 * that is harm of its own, and has been written down.
 */
export const ON_ITS_WAY = 1000

type Parts = { -readonly [Key in keyof Trace]: Trace[Key] extends readonly (infer Item)[] ? Item[] : Trace[Key] }

/** Gathers what belongs together. */
export class Traces {
  readonly #setting: Setting
  readonly #incidents: Incidents
  readonly #parts = new Map<string, Parts>()
  readonly #runs = new Map<
    number,
    { readonly start: StartFact; readonly facts: Fact[]; readonly events: EventFact[] }
  >()
  /** By source, id and process: what the library says of a message concerns the run that started last. */
  readonly #latest = new Map<string, EventFact[]>()
  readonly #taken = new Map<string, TakenFact[]>()
  readonly #puts = new Map<string, PutFact[]>()

  constructor(facts: readonly Fact[], sends: readonly Send[], setting: Setting, incidents: Incidents) {
    this.#setting = setting
    this.#incidents = incidents
    this.#addSends(sends)
    for (const fact of facts) this.#add(fact)
  }

  #addSends(sends: readonly Send[]): void {
    const feeds = new Map<string, string[]>()
    for (const [source, { from }] of this.#setting.sources) addTo(feeds, from, source)
    for (const send of sends)
      if (send.id !== '')
        for (const source of feeds.get(send.fact.to) ?? []) {
          const { sends: brought, refused } = this.#of(source, send.id)!
          if (send.fate === 'not-sent') refused.push(send)
          else brought.push(send)
        }
  }

  #of(source: string, id: string): Parts | undefined {
    const name = `${source}\n${id}`
    const known = this.#parts.get(name)
    const setting = this.#setting.sources.get(source)
    if (known !== undefined || setting === undefined) return known
    const lists = { sends: [], refused: [], puts: [], runs: [], deads: [], events: [], taken: [] }
    const parts: Parts = { source, id, setting, ...lists, pluralFrom: Infinity }
    this.#parts.set(name, parts)
    return parts
  }

  #add(fact: Fact): void {
    if (fact.fact === 'start') this.#start(fact)
    else if ('run' in fact) this.#runs.get(fact.run)?.facts.push(fact)
    else if (fact.fact === 'dead') this.#of(fact.source, fact.id)?.deads.push(fact)
    else if (fact.fact === 'event') this.#heard(fact)
    else if (fact.fact === 'put') addTo(this.#puts, putName(fact.to, fact), fact)
    else if ('ids' in fact) for (const id of fact.ids ?? ['']) addTo(this.#taken, `${fact.source}\n${id}`, fact)
  }

  #start(start: StartFact): void {
    this.#of(start.source, start.id)
    const events: EventFact[] = []
    this.#runs.set(start.run, { start, facts: [], events })
    this.#latest.set(`${start.source}\n${start.id}\n${start.process}`, events)
  }

  #heard(event: EventFact): void {
    const { source, id, process } = event
    if (source === undefined || id === undefined || id === '') return
    this.#latest.get(`${source}\n${id}\n${process}`)?.push(event)
    this.#of(source, id)?.events.push(event)
  }

  /** @param lastAt when the history ends */
  finished(place: (fact: Fact) => number, lastAt: number): { traces: readonly Trace[]; runs: readonly Run[] } {
    const runs = [...this.#runs.values()].map(({ start, facts, events }) => runOf(start, facts, events, lastAt))
    for (const run of runs) this.#of(run.start.source, run.start.id)?.runs.push(run)
    const traces = [...this.#parts.values()]
    for (const parts of traces) {
      const { source, id } = parts
      parts.taken = [...(this.#taken.get(`${source}\n`) ?? []), ...(this.#taken.get(`${source}\n${id}`) ?? [])]
      parts.taken.sort((a, b) => place(a) - place(b))
      parts.puts = this.#putsOf(parts)
      parts.pluralFrom = this.#pluralFrom(parts)
    }
    return { traces, runs }
  }

  #putsOf({ source, id, setting, runs, deads }: Trace): PutFact[] {
    if (this.#puts.size === 0) return []
    const bodies = new Set([...runs.map(({ start }) => start.body), ...deads.map(({ body }) => body)])
    const seen = [{ id, body: '' }, ...[...bodies].map((body) => ({ id: undefined, body }))]
    const places = [...new Set([source, setting.from])]
    return places.flatMap((to) => seen.flatMap((one) => this.#puts.get(putName(to, one)) ?? []))
  }

  #pluralFrom({ sends, puts, runs, taken, setting }: Trace): number {
    const isRepeated = sends.some((send) => send.isRepeated)
    if (isRepeated || sends.length + puts.length > 1) return -Infinity
    const forwarded = runs.find((run) => this.#mayHaveForked(run))
    // Nobody told whether the move arrived: it may be here and there.
    const redriven = taken.find(
      ({ fact, process, at }) =>
        fact === 'redriven' && this.#incidents.touching(process, at, at + setting.lease, 'harm') !== undefined,
    )
    return Math.min(forwarded?.conclusion?.at ?? Infinity, redriven?.at ?? Infinity)
  }

  /** A copy of it went elsewhere, and whether it itself is done is not known. */
  #mayHaveForked({ start, conclusion, toldLate, events }: Run): boolean {
    if (conclusion === undefined) return false
    const { outcome, at, word, wordAt } = conclusion
    if (outcome !== 'failed' && outcome !== 'deferred' && outcome !== 'dead') return false
    if (word === 'refused' || toldLate !== undefined) return true
    if (events.some(({ event }) => event === 'settle-failed')) return true
    const until = word === 'given' ? wordAt : at + ON_ITS_WAY
    return this.#incidents.touching(start.process, at, until, 'harm') !== undefined
  }
}

/** What a message that was put there without the library is known by. */
function putName(to: string, { id, body }: { readonly id: string | undefined; readonly body: string }): string {
  return `${to}\n${id === undefined ? `body ${body}` : `id ${id}`}`
}
