import type { Clock } from '@anymq/core'
import type { TestClock } from '@anymq/core/testing'
import { TimeOver, type Time } from './time.ts'

/** Real milliseconds in which something outside of virtual time (a stream, a file) may still move the work on. */
const STANDSTILL = 500

/** Time that passes as fast as the work allows: whenever nothing can go on, it jumps to the next timer. */
export class VirtualTime implements Time {
  readonly #clock: TestClock
  #sleeping = 0

  constructor(clock: TestClock) {
    this.#clock = clock
  }

  get clock(): Clock {
    return this.#clock
  }

  now(): number {
    return this.#clock.monotonic()
  }

  get timersLeft(): number {
    return this.#clock.timers - this.#sleeping
  }

  async sleep(ms: number): Promise<void> {
    this.#sleeping++
    await new Promise<void>((resolve) => this.#clock.setTimer(resolve, ms))
    this.#sleeping--
  }

  async run<T>(work: () => Promise<T>, limit: number): Promise<T> {
    const end = this.now() + limit
    const state = { isOver: false }
    const over = (): void => void (state.isOver = true)
    const result = work()
    void result.then(over, over)
    for (await this.#clock.settle(); !state.isOver; await this.#clock.settle()) {
      if (this.now() >= end) throw new TimeOver(`it did not end within ${limit} ms of virtual time`)
      await this.#move(state)
    }
    return result
  }

  async #move(state: { readonly isOver: boolean }): Promise<void> {
    const { next } = this.#clock
    if (next !== undefined) return this.#clock.advance(next)
    for (let moment = 0; moment < STANDSTILL && !state.isOver && this.#clock.next === undefined; moment++)
      await new Promise((resolve) => setTimeout(resolve, 1))
    if (!state.isOver && this.#clock.next === undefined)
      throw new TimeOver('it waits for something, and nothing is left that could happen')
  }
}
