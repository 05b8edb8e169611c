import type { Fact } from './facts.ts'

type WithoutSeer<F> = F extends Fact ? Omit<F, 'at' | 'process'> : never

/** A fact before it is known when and by whom it was seen. */
export type Unseen = WithoutSeer<Fact>

/** More than any case makes: something goes round and round. */
const MOST = 40_000

/** The same things happen again and again. */
class Endless extends Error {
  constructor(last: readonly Fact[]) {
    const names = last.map(({ fact, process }) => `${process} ${fact}`)
    super(`it goes on for ever: ${MOST} things happened, the last of which are: ${names.join(', ')}`)
    this.name = 'Endless'
  }
}

/** Everything that happened in one case, in the order in which it was seen. */
export class History {
  readonly facts: Fact[] = []
  readonly #now: () => number
  #sends = 0
  #runs = 0
  readonly #endless = Promise.withResolvers<never>()

  constructor(now: () => number) {
    this.#now = now
    // Most cases end, and nobody waits for this.
    this.#endless.promise.catch(() => undefined)
  }

  /** Rejects when more has happened than can in a case that ends. */
  get endless(): Promise<never> {
    return this.#endless.promise
  }

  add(process: string, fact: Unseen): void {
    if (this.facts.length >= MOST) return this.#endless.reject(new Endless(this.facts.slice(-6)))
    this.facts.push({ ...fact, at: this.#now(), process })
  }

  /** Seen in another process, and heard of later: it goes where it belongs in time. */
  take(fact: Fact): void {
    if (this.facts.length >= MOST) return this.#endless.reject(new Endless(this.facts.slice(-6)))
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
