import type { Clock, Timer } from '@anymq/core'
import type { TestClock } from '@anymq/core/testing'
import { TimeOver, type Alarm, type Time } from './time.ts'

/** Real milliseconds in which something outside of virtual time (a stream, a file) may still move the work on. */
const STANDSTILL = 500

/** Time that passes as fast as the work allows: whenever nothing can go on, it jumps to the next timer. */
export class VirtualTime implements Time {
  readonly #clock: TestClock
  /** Timers of cases, not of what is tested. */
  #own = 0
  #watching: { readonly who: object; readonly look: () => void }[] = []

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
    return this.#clock.timers - this.#own
  }

  async sleep(ms: number): Promise<void> {
    this.#own++
    await new Promise<void>((resolve) => this.#clock.setTimer(resolve, ms))
    this.#own--
  }

  alarm(ms: number): Alarm {
    const alarm = { rang: false, cancel: (): void => this.#end(timer, alarm.rang) }
    const timer = this.#clock.setTimer(() => {
      alarm.rang = true
      this.#own--
    }, ms)
    this.#own++
    return alarm
  }

  #end(timer: Timer, isOver: boolean): void {
    if (isOver) return
    timer.cancel()
    this.#own--
  }

  /** Conditions are looked at after each timer and all that it set off, and at no other time. */
  change(who: object): Promise<void> {
    return new Promise((look) => this.#watching.push({ who, look }))
  }

  async run<T>(what: string, work: () => Promise<T>, limit: number): Promise<T> {
    const state = { isOver: false }
    const over = (): void => void (state.isOver = true)
    const result = work()
    void result.then(over, over)
    // Work that never comes to rest may be over all the same.
    await Promise.race([result, this.#pass(what, state, limit)])
    return result
  }

  /** Let time pass until the work is over. */
  async #pass(what: string, state: { readonly isOver: boolean }, limit: number): Promise<void> {
    const end = this.now() + limit
    for (await this.#rest(); !state.isOver; await this.#rest()) {
      if (this.now() >= end) throw new TimeOver(`${what} did not end within ${limit} ms of virtual time`)
      await this.#move(what, state)
    }
  }

  /** Until nothing can go on without time. A condition that has come true may make others true: then all are looked at again. */
  async #rest(): Promise<void> {
    await this.#clock.settle()
    for (let isStill = false; !isStill && this.#watching.length > 0;) {
      const watching = this.#watching
      this.#watching = []
      for (const { look } of watching) look()
      await this.#clock.settle()
      isStill = this.#watching.every(({ who }) => watching.some((one) => one.who === who))
      isStill &&= this.#watching.length === watching.length
    }
  }

  async #move(what: string, state: { readonly isOver: boolean }): Promise<void> {
    const { next } = this.#clock
    if (next !== undefined) return this.#clock.advance(next)
    for (let moment = 0; moment < STANDSTILL && !state.isOver && this.#clock.next === undefined; moment++)
      await new Promise((resolve) => setTimeout(resolve, 1))
    if (!state.isOver && this.#clock.next === undefined)
      throw new TimeOver(`${what} waits for something, and nothing is left that could happen`)
  }
}
