/** The steps of an order, each with a source and workers of its own. */
export const STEPS = ['intake', 'payment', 'inventory', 'notification'] as const
export type Step = (typeof STEPS)[number]

/** Why a handler may run once more for the same message. */
export type Cause = 'retry' | 'crash' | 'redrive' | 'lease lost' | 'restart'

/** Units of an article. */
export interface Units {
  readonly sku: string
  readonly quantity: number
}

/**
 * One thing that happened: plain data, so that a worker in another process could report it too. `id` is the message id: the
 * order's, at the intake the line's.
 */
export type Fact =
  /** It was put where the step gets its work from. */
  | { readonly fact: 'entered'; readonly step: Step; readonly id: string }
  /** A handler started. */
  | { readonly fact: 'run'; readonly step: Step; readonly id: string; readonly worker: string }
  /** Its work is finished; the acknowledgement is the next step. */
  | { readonly fact: 'done'; readonly step: Step; readonly id: string; readonly worker: string }
  | { readonly fact: 'dead'; readonly step: Step; readonly id: string }
  /** A reason for one more run. */
  | { readonly fact: 'again'; readonly step: Step; readonly id: string; readonly cause: Cause }
  | { readonly fact: 'charged'; readonly id: string; readonly cents: number; readonly card: string }
  | { readonly fact: 'reserved'; readonly id: string; readonly items: readonly Units[] }
  | { readonly fact: 'mailed'; readonly id: string; readonly to: string }
  /** A warning or an error of the library. */
  | { readonly fact: 'logged'; readonly text: string }

/** Writes a fact into the books. */
export type Recorder = (fact: Fact) => void

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

  get settled(): boolean {
    return STEPS.every((step) => this.open(step).length === 0)
  }

  #enter(fact: Fact): void {
    this.facts.push(fact)
    if ('step' in fact) {
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
