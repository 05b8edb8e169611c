import { STEPS, type Fact, type Recorder, type Step } from './facts.ts'

/** What the screen shows of one step. */
export interface Tally {
  readonly entered: number
  readonly done: number
  readonly retries: number
}

/** The last that is known of a message in a step. */
interface Latest {
  readonly step: Step
  readonly id: string
  readonly what: Fact['fact']
  /** By `performance.now()`. */
  readonly at: number
}

/** Everything that happened, in order, and what can be told from it while the store runs. */
export class Books {
  readonly facts: Fact[] = []
  /** Bound, so that it can be handed around. */
  readonly record: Recorder
  readonly #open = new Map<Step, Map<string, number>>(STEPS.map((step) => [step, new Map()]))
  readonly #latest = new Map<string, Latest>()
  readonly #tallies = new Map(STEPS.map((step) => [step, { entered: 0, done: 0, retries: 0 }]))

  constructor() {
    this.record = (fact) => this.#enter(fact)
  }

  tally(step: Step): Tally {
    return this.#tallies.get(step)!
  }

  /** What entered a step and is neither done nor dead. */
  open(step: Step): string[] {
    return [...this.#open.get(step)!].filter(([, count]) => count > 0).map(([id]) => id)
  }

  /**
   * What is being sent or handled, or was since then by `performance.now()`: a fault of the broker may make it run again.
   * What waits in the broker is not among it.
   */
  unsure(since: number): { readonly step: Step; readonly id: string }[] {
    const isMoving = ({ step, what, at }: Latest): boolean =>
      at >= since || what === 'run' || (what === 'entered' && step === 'intake')
    return [...this.#latest.values()].filter(isMoving)
  }

  /** Whether all that entered is done or dead; in these steps, by default in all. */
  isSettled(steps: readonly Step[] = STEPS): boolean {
    return steps.every((step) => this.open(step).length === 0)
  }

  #enter(fact: Fact): void {
    this.facts.push(fact)
    if ('step' in fact && 'id' in fact) {
      const { step, id, fact: what } = fact
      this.#latest.set(`${step} ${id}`, { step, id, what, at: performance.now() })
    }
    if (fact.fact === 'entered') this.#entered(fact)
    else if (fact.fact === 'done') this.#done(fact)
    else if (fact.fact === 'dead') this.#balance(fact.step, fact.id, -1)
    else if (fact.fact === 'again' && fact.cause === 'retry') this.#tallies.get(fact.step)!.retries++
  }

  #entered({ step, id }: { readonly step: Step; readonly id: string }): void {
    this.#tallies.get(step)!.entered++
    this.#balance(step, id, 1)
  }

  #done({ step, id }: { readonly step: Step; readonly id: string }): void {
    this.#tallies.get(step)!.done++
    this.#balance(step, id, -1)
  }

  /** A balance and not a set: of two processes, the one that finished an order may report before the one that placed it. */
  #balance(step: Step, id: string, change: number): void {
    const balances = this.#open.get(step)!
    const balance = (balances.get(id) ?? 0) + change
    if (balance === 0) balances.delete(id)
    else balances.set(id, balance)
  }
}
