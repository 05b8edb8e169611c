import { NOT_SET } from '../mechanism/timer-wheel.ts'
import { WakeUp } from '../mechanism/wake-up.ts'
import type { Runtime } from '../runtime.ts'
import { RateLimit, type Rate } from './rate-limit.ts'
import type { StartLimit, Starter } from './start-limit.ts'

/** What bounds the starts of one subscription besides its concurrency: its own rate, and a limit that it shares with others. */
export class Starts implements Starter {
  /** Something may start that could not before. */
  readonly wake: () => void
  readonly #runtime: Runtime
  readonly #rate: RateLimit | null
  readonly #shared: StartLimit | null
  readonly #nextStart = new WakeUp(() => this.wake())

  constructor(runtime: Runtime, rate: Rate | null, shared: StartLimit | null, wake: () => void) {
    this.#runtime = runtime
    this.#rate = rate === null ? null : new RateLimit(runtime.clock, rate)
    this.#shared = shared
    this.wake = wake
  }

  /** How many of `wanted` may start now; with 0 it is woken when one may. */
  free(wanted: number): number {
    if (wanted <= 0) return 0
    const byRate = this.#rate === null ? wanted : Math.min(wanted, this.#rate.free)
    if (byRate === 0) this.#watch()
    return byRate === 0 || this.#shared === null ? byRate : Math.min(byRate, this.#shared.free(this))
  }

  started(): void {
    this.#rate?.started()
    this.#shared?.started(this)
  }

  ended(): void {
    this.#shared?.ended()
  }

  /** The subscription ends: leave no timer behind, and nobody's line. */
  end(): void {
    this.#runtime.wheel.clear(this.#nextStart)
    this.#shared?.leave(this)
  }

  #watch(): void {
    if (this.#nextStart.wheelTick === NOT_SET) this.#runtime.wheel.set(this.#nextStart, this.#rate!.wait)
  }
}
