/** Who starts handlers under a limit. */
export interface Starter {
  /** A slot is free for it: start something now, or let it pass. */
  wake(): void
}

/**
 * One total limit on running handlers, shared by subscriptions of any source. Who asks in vain stands in line, and each slot that
 * is freed goes to the first in line before anybody else gets it: a busy source cannot starve another.
 */
export class StartLimit {
  readonly #max: number
  readonly #line = new Set<Starter>()
  #running = 0
  /** Whose turn it is, while the line is served. */
  #turn: Starter | null = null
  #isServing = false

  constructor(max: number) {
    this.#max = max
  }

  /** How many it may start now. 0: it is in line, and woken when its turn comes. */
  free(starter: Starter): number {
    const free = this.#max - this.#running
    if (free > 0 && this.#turn === starter) return 1
    if (free > 0 && this.#turn === null && this.#line.size === 0) return free
    this.#line.add(starter)
    return 0
  }

  started(starter: Starter): void {
    this.#running++
    if (this.#turn === starter) this.#turn = null
  }

  ended(): void {
    this.#running--
    this.#serve()
  }

  /** It starts nothing any more. */
  leave(starter: Starter): void {
    this.#line.delete(starter)
  }

  #serve(): void {
    // A handler that ends while its starter is being served frees its slot for the loop below.
    if (this.#isServing) return
    this.#isServing = true
    // Whoever takes its turn and wants more stands at the end of the line, where this loop meets it again.
    for (const starter of this.#line) {
      if (this.#running >= this.#max) break
      this.#line.delete(starter)
      this.#turn = starter
      starter.wake()
      this.#turn = null
    }
    this.#isServing = false
  }
}
