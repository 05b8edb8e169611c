import { parseDuration, type Duration } from '../duration.ts'
import { MqError } from '../errors.ts'
import type { Clock, Timer } from '../mechanism/clock.ts'
import { show } from '../options/show.ts'

interface Waiting extends Timer {
  readonly due: number
  readonly order: number
  readonly fn: () => void
}

/** 2026-01-01, so that dates in tests look like dates. */
const START = Date.UTC(2026, 0, 1)

/** Time that moves only when a test says so. */
export class TestClock implements Clock {
  #now: number
  readonly #start: number
  #waiting: Waiting[] = []
  #order = 0

  /** @param start wall time to begin with, milliseconds since 1970. Default 2026-01-01 UTC. */
  constructor(start: number = START) {
    this.#start = start
    this.#now = start
  }

  now(): number {
    return this.#now
  }

  monotonic(): number {
    return this.#now - this.#start
  }

  /** Timers that have been set and not yet fired: for leak checks. */
  get timers(): number {
    return this.#waiting.length
  }

  setTimer(fn: () => void, ms: number): Timer {
    const timer: Waiting = {
      due: this.#now + Math.max(0, ms),
      order: this.#order++,
      fn,
      cancel: () => this.#drop(timer),
    }
    this.#insert(timer)
    return timer
  }

  soon(fn: () => void): void {
    setImmediate(fn)
  }

  /** Move on, firing timers in order; between them everything that became runnable runs. */
  async advance(by: Duration): Promise<void> {
    const ms = parseDuration(by)
    if (ms === undefined) throw new MqError('MQ_CONFIG', `advance: ${show(by)} is no duration`)
    const end = this.#now + ms
    await this.settle()
    for (let next = this.#waiting[0]; next !== undefined && next.due <= end; next = this.#waiting[0]) {
      this.#waiting.shift()
      this.#now = Math.max(this.#now, next.due)
      next.fn()
      await this.settle()
    }
    this.#now = Math.max(this.#now, end)
  }

  /** Let everything run that needs no time to pass. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 3; turn++) await new Promise<void>((resolve) => setImmediate(resolve))
  }

  #insert(timer: Waiting): void {
    let low = 0
    let high = this.#waiting.length
    while (low < high) {
      const middle = (low + high) >> 1
      const other = this.#waiting[middle]!
      if (other.due < timer.due || (other.due === timer.due && other.order < timer.order)) low = middle + 1
      else high = middle
    }
    this.#waiting.splice(low, 0, timer)
  }

  #drop(timer: Waiting): void {
    const index = this.#waiting.indexOf(timer)
    if (index >= 0) this.#waiting.splice(index, 1)
  }
}
