import type { Clock } from '../mechanism/clock.ts'

/** Timers are coarse: what is late by no more than this is caught up at once. Milliseconds. */
const LATENESS = 50

/** Spreads turns evenly: at most `rate` per second, and no burst after a wait. */
export class Pacer {
  readonly #clock: Clock
  readonly #gap: number
  readonly #pause: (ms: number) => Promise<void>
  /** When the next turn is due; undefined before the first. */
  #next: number | undefined

  /** @param rate turns per second; undefined: as fast as it goes */
  constructor(clock: Clock, rate: number | undefined, pause: (ms: number) => Promise<void>) {
    this.#clock = clock
    this.#gap = rate === undefined ? 0 : 1000 / rate
    this.#pause = pause
  }

  /** How many of `wanted` turns may be taken now: at least one, when it is time for it. */
  async turns(wanted: number): Promise<number> {
    if (this.#gap === 0) return wanted
    const early = this.#next === undefined ? 0 : this.#next - this.#clock.monotonic()
    if (early > 0) await this.#pause(early)
    const now = this.#clock.monotonic()
    const first = Math.max(this.#next ?? now, now - LATENESS)
    const turns = Math.max(1, Math.min(wanted, 1 + Math.floor((now - first) / this.#gap)))
    this.#next = first + turns * this.#gap
    return turns
  }
}
