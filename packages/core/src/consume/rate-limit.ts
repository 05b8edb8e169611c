import { Ring } from '../mechanism/ring.ts'
import type { Clock } from '../mechanism/clock.ts'

/** How many handlers may start in how many milliseconds. */
export interface Rate {
  readonly max: number
  readonly per: number
}

/**
 * At most `max` starts in any window of `per` milliseconds, wherever it begins: it remembers when the last `max` starts were, so
 * that a burst at the end of one window and another at the start of the next cannot add up.
 */
export class RateLimit {
  readonly #clock: Clock
  readonly #rate: Rate
  /** Times of the starts that still count, oldest first. */
  readonly #starts = new Ring<number>()

  constructor(clock: Clock, rate: Rate) {
    this.#clock = clock
    this.#rate = rate
  }

  /** How many may start now. */
  get free(): number {
    const oldest = this.#clock.monotonic() - this.#rate.per
    for (let start = this.#starts.peek(); start !== undefined && start <= oldest; start = this.#starts.peek())
      this.#starts.shift()
    return this.#rate.max - this.#starts.length
  }

  /** Milliseconds until one may start; 0: now. */
  get wait(): number {
    if (this.free > 0) return 0
    return this.#starts.peek()! + this.#rate.per - this.#clock.monotonic()
  }

  started(): void {
    this.#starts.push(this.#clock.monotonic())
  }
}
