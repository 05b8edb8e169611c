import { WakeUp } from '../mechanism/wake-up.ts'
import type { Runtime } from '../runtime.ts'

/** Whether a subscription starts handlers: paused by its user until further notice, or for a time. */
export class Pause {
  readonly #runtime: Runtime
  readonly #changed: () => void
  readonly #end = new WakeUp(() => this.resume())
  #isPaused = false
  /** Monotonic end of a pause for a time; Infinity: until `resume`. */
  #until = 0

  /** @param changed it was paused or resumed */
  constructor(runtime: Runtime, changed: () => void) {
    this.#runtime = runtime
    this.#changed = changed
  }

  get isPaused(): boolean {
    return this.#isPaused
  }

  /** The user's word: it replaces whatever was said before. `ms` may be Infinity. */
  pause(ms: number): void {
    this.#until = this.#runtime.clock.monotonic() + ms
    if (ms === Infinity) this.#runtime.wheel.clear(this.#end)
    else this.#runtime.wheel.set(this.#end, ms)
    this.#set(true)
  }

  /** A handler wants a pause: the later end counts, and a pause of the user's is none of its business. */
  extend(ms: number): void {
    if (!this.#isPaused || this.#runtime.clock.monotonic() + ms > this.#until) this.pause(ms)
  }

  resume(): void {
    this.#runtime.wheel.clear(this.#end)
    this.#set(false)
  }

  /** The subscription ends: leave no timer behind. */
  end(): void {
    this.#runtime.wheel.clear(this.#end)
  }

  #set(isPaused: boolean): void {
    if (this.#isPaused === isPaused) return
    this.#isPaused = isPaused
    this.#changed()
  }
}
