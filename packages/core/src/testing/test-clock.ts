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
/** Turns of the event loop in which what is runnable runs: input, output and streams need more than one. */
const QUIET_TURNS = 3
/** Work that never ends must not keep time from passing: elsewhere time passes meanwhile too. */
const MOST_TURNS = 1000

/**
 * Time that moves only when a test says so, in whole milliseconds. Whole ones, because fractions beside a date of 1.8e12
 * would be rounded, and a timer would fire a hair before its time.
 */
export class TestClock implements Clock {
  readonly #start: number
  #elapsed = 0
  #waiting: Waiting[] = []
  #order = 0
  /** Callbacks of `soon` that have not run yet. */
  #soon = 0

  /** @param start wall time to begin with, milliseconds since 1970. Default 2026-01-01 UTC. */
  constructor(start: number = START) {
    this.#start = start
  }

  now(): number {
    return this.#start + this.#elapsed
  }

  monotonic(): number {
    return this.#elapsed
  }

  /** Timers that have been set and not yet fired: for leak checks. */
  get timers(): number {
    return this.#waiting.length
  }

  /** Milliseconds until the next timer is due; undefined while none is set. */
  get next(): number | undefined {
    const first = this.#waiting[0]
    return first === undefined ? undefined : Math.max(0, first.due - this.#elapsed)
  }

  /** A fraction of a millisecond is rounded up: never early. */
  setTimer(fn: () => void, ms: number): Timer {
    const timer: Waiting = {
      due: this.#elapsed + Math.max(0, Math.ceil(ms)),
      order: this.#order++,
      fn,
      cancel: () => this.#drop(timer),
    }
    this.#insert(timer)
    return timer
  }

  soon(fn: () => void): void {
    this.#soon++
    setImmediate(() => {
      this.#soon--
      fn()
    })
  }

  /** Move on, firing timers in order; between them everything that became runnable runs. A fraction is rounded up. */
  async advance(by: Duration): Promise<void> {
    const ms = parseDuration(by)
    if (ms === undefined) throw new MqError('MQ_CONFIG', `advance: ${show(by)} is no duration`)
    const end = this.#elapsed + Math.ceil(ms)
    await this.settle()
    for (let next = this.#waiting[0]; next !== undefined && next.due <= end; next = this.#waiting[0]) {
      this.#waiting.shift()
      this.#elapsed = Math.max(this.#elapsed, next.due)
      next.fn()
      await this.settle()
    }
    this.#elapsed = Math.max(this.#elapsed, end)
  }

  /** Let everything run that needs no time to pass, however much there is of it; what never ends is left running. */
  async settle(): Promise<void> {
    for (let turn = 0, quiet = 0; quiet < QUIET_TURNS && turn < MOST_TURNS; turn++) {
      quiet = this.#soon > 0 ? 0 : quiet + 1
      await new Promise<void>((resolve) => setImmediate(resolve))
    }
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
