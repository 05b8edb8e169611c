import { WakeUp } from '../mechanism/wake-up.ts'
import type { Runtime } from '../runtime.ts'
import type { Delivery } from './delivery.ts'

const FIRST_PAUSE = 100
const LONGEST_PAUSE = 5000

/** Settlements that did not get through: all of them are tried again after a pause, ever longer until one does. */
export class Unanswered {
  readonly #runtime: Runtime
  readonly #tryAgain: (delivery: Delivery) => void
  readonly #wakeUp = new WakeUp(() => {
    for (const delivery of this.#waiting.splice(0)) this.#tryAgain(delivery)
  })
  #waiting: Delivery[] = []
  #pause = FIRST_PAUSE

  constructor(runtime: Runtime, tryAgain: (delivery: Delivery) => void) {
    this.#runtime = runtime
    this.#tryAgain = tryAgain
  }

  add(delivery: Delivery): void {
    if (this.#waiting.length === 0) {
      this.#runtime.wheel.set(this.#wakeUp, this.#pause)
      this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE)
    }
    this.#waiting.push(delivery)
  }

  /** One got through. */
  gotThrough(): void {
    this.#pause = FIRST_PAUSE
  }

  /** The feed is gone, and with it what waits. */
  clear(): void {
    this.#waiting = []
    this.#runtime.wheel.clear(this.#wakeUp)
  }
}
