import type { Interceptor } from '@anymq/core'
import type { TestClock } from '@anymq/core/testing'

/** Milliseconds of virtual time; in the words of `limit`. */
const LONGEST = 15 * 60_000
const STEP = 100
/** While a handler runs it may wait for something real: larger steps, and moments of real time (1 ms) before each. */
const STEP_WHILE_RUNNING = 1000
const MOMENTS_PER_STEP = 10
/** Then it is stuck rather than busy; a test must not wait for long to hear so. */
const MOST_MOMENTS = 2500

/** Waits in virtual time, and in real time where handlers do real work. */
export class Patience {
  readonly limit = '15 minutes'
  readonly #clock: TestClock
  #running = 0
  #failure: { readonly error: unknown } | null = null

  constructor(clock: TestClock) {
    this.#clock = clock
  }

  /** Handlers that have not returned. */
  get running(): number {
    return this.#running
  }

  /** Counts running handlers, and leaves them as they are: one that returns no promise still does not. */
  get watch(): Interceptor {
    const counted =
      <In>(next: (input: In) => unknown) =>
      (input: In): unknown => {
        const result = next(input)
        if (typeof (result as { then?: unknown } | null | undefined)?.then !== 'function') return result
        this.#running++
        return Promise.resolve(result).finally(() => this.#running--)
      }
    return { name: 'anymq-test-broker', process: counted, processBatch: counted }
  }

  /** Every wait rejects with this from now on. */
  fail(error: unknown): void {
    this.#failure = { error }
  }

  /** Waits as if nothing had failed. */
  forgive(): void {
    this.#failure = null
  }

  /** True as soon as it is over; false when the time is. */
  async until(isOver: () => boolean | Promise<boolean>): Promise<boolean> {
    const end = this.#clock.monotonic() + LONGEST
    let left = MOST_MOMENTS
    await this.#clock.settle()
    while (!(await isOver())) {
      if (this.#failure !== null) throw this.#failure.error
      if (this.#clock.monotonic() >= end) return false
      const moments = await this.#realTime(Math.min(left, MOMENTS_PER_STEP), isOver)
      if (moments === 'over') return true
      left -= moments
      await this.#clock.advance(this.#running > 0 ? STEP_WHILE_RUNNING : STEP)
    }
    return true
  }

  /** Let real work go on as long as a handler runs. Returns how many moments it took. */
  async #realTime(most: number, isOver: () => boolean | Promise<boolean>): Promise<number | 'over'> {
    let moments = 0
    for (; moments < most && this.#running > 0; moments++) {
      await new Promise((resolve) => setTimeout(resolve, 1))
      await this.#clock.settle()
      if (await isOver()) return 'over'
    }
    return moments
  }
}
