import type { Fact } from './facts.ts'

type WithoutSeer<F> = F extends Fact ? Omit<F, 'at' | 'process'> : never

/** A fact before it is known when and by whom it was seen. */
export type Unseen = WithoutSeer<Fact>

/** Everything that happened in one case, in the order in which it was seen. */
export class History {
  readonly facts: Fact[] = []
  readonly #now: () => number
  #sends = 0
  #runs = 0

  constructor(now: () => number) {
    this.#now = now
  }

  add(process: string, fact: Unseen): void {
    this.facts.push({ ...fact, at: this.#now(), process })
  }

  /** Seen in another process, and heard of later: it goes where it belongs in time. */
  take(fact: Fact): void {
    const index = this.facts.findLastIndex(({ at }) => at <= fact.at)
    this.facts.splice(index + 1, 0, fact)
  }

  nextSend(): number {
    return ++this.#sends
  }

  nextRun(): number {
    return ++this.#runs
  }
}
