import type { Fact } from './facts.ts'
import { incidentsOf, type Incidents } from './incidents.ts'
import { linesOf, type Line } from './lines.ts'
import type { Run } from './runs.ts'
import { sendsOf, type Send } from './sends.ts'
import type { Setting } from './setting.ts'
import { Traces, type Trace } from './traces.ts'

/** Between processes that each have a clock and a loop of their own, what is told may be told so late, milliseconds. */
const LAG = 1000

/** A history, looked through once: what the rules ask about. */
export class Indexed {
  /** In the order of time. */
  readonly facts: readonly Fact[]
  readonly setting: Setting
  readonly incidents: Incidents
  readonly sends: readonly Send[]
  /** In the order of their starts. */
  readonly runs: readonly Run[]
  readonly traces: readonly Trace[]
  /** The keys of ordered sources. */
  readonly lines: readonly Line[]
  readonly lastAt: number
  /** How late a process may learn what has happened to it. Where time is virtual it learns it at once. */
  readonly lag: number
  readonly #places = new Map<Fact, number>()

  constructor(history: readonly Fact[], setting: Setting) {
    this.setting = setting
    this.lag = setting.grain === 0 ? 0 : LAG
    this.facts = withoutGhosts(
      history.toSorted((a, b) => a.at - b.at),
      this.lag,
    )
    this.lastAt = this.facts.at(-1)?.at ?? 0
    this.facts.forEach((fact, place) => this.#places.set(fact, place))
    this.incidents = incidentsOf(this.facts, this.lag)
    this.sends = sendsOf(this.facts, setting, this.incidents)
    const { traces, runs } = new Traces(this.facts, this.sends, setting, this.incidents).finished(
      (fact) => this.place(fact),
      this.lastAt,
    )
    this.traces = traces
    this.runs = runs
    this.lines = linesOf(traces, this)
  }

  /** Where a fact stands in the order of time. */
  place(fact: Fact): number {
    return this.#places.get(fact)!
  }

  /** True where one was seen before another for sure: two clocks may disagree. */
  isBefore(a: Fact, b: Fact): boolean {
    const { grain } = this.setting
    if (grain === 0 || a.process === b.process) return this.place(a) < this.place(b)
    return a.at + grain < b.at
  }

  /** What explains a problem, in order, and each once. */
  inOrder(facts: Iterable<Fact | undefined>): Fact[] {
    const all = new Set<Fact>()
    for (const fact of facts) if (fact !== undefined) all.add(fact)
    return [...all].sort((a, b) => this.place(a) - this.place(b))
  }
}

/**
 * A process that only stands for one goes on after its death, and the broker does not hear it: what it says then did not happen.
 *
 * @param lag a real one may do something between the word and its death, milliseconds
 */
function withoutGhosts(facts: readonly Fact[], lag: number): readonly Fact[] {
  const deaths = new Map<string, number>()
  return facts.filter((fact) => {
    const { process, at } = fact
    const diedAt = deaths.get(process)
    if (fact.fact === 'life' && fact.what === 'killed' && diedAt === undefined) deaths.set(process, at)
    return diedAt === undefined || (lag > 0 && at <= diedAt + lag)
  })
}
