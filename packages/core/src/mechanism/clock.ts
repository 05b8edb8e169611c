/** A timer that has been set. */
export interface Timer {
  /** Forget the timer; a no-op when it has fired. */
  cancel(): void
}

/**
 * All time in core and in drivers comes from here, so that a test can run hours in milliseconds.
 * Wall time stamps messages; monotonic time measures leases and timeouts, because a wall clock may be set back.
 */
export interface Clock {
  /** Wall time, milliseconds since 1970. */
  now(): number
  /** By how many milliseconds `now` may be behind, where it tells whole ones only. Default 0. */
  readonly grain?: number
  /** Milliseconds from an arbitrary start; never goes back. */
  monotonic(): number
  /** Call `fn` once, not before `ms` milliseconds have passed. */
  setTimer(fn: () => void, ms: number): Timer
  /** Call `fn` after input and output had their turn: how a long loop stays polite. */
  soon(fn: () => void): void
}

/** Node clamps a longer timer to 1 ms: it would fire at once. */
const LONGEST_TIMER = 2_147_483_647

class SystemTimer implements Timer {
  #handle: ReturnType<typeof setTimeout>
  constructor(fn: () => void, ms: number) {
    this.#handle = this.#arm(fn, ms)
  }
  #arm(fn: () => void, ms: number): ReturnType<typeof setTimeout> {
    if (ms <= LONGEST_TIMER) return setTimeout(fn, ms)
    return setTimeout(() => {
      this.#handle = this.#arm(fn, ms - LONGEST_TIMER)
    }, LONGEST_TIMER)
  }
  cancel(): void {
    clearTimeout(this.#handle)
  }
}

/** The machine's own time. */
export const systemClock: Clock = Object.freeze({
  now: () => Date.now(),
  grain: 1,
  monotonic: () => performance.now(),
  // One more millisecond: setTimeout counts from the start of the current turn and may fire a fraction early.
  setTimer: (fn: () => void, ms: number): Timer => new SystemTimer(fn, ms > 0 ? Math.ceil(ms) + 1 : 0),
  soon: (fn: () => void): void => {
    setImmediate(fn)
  },
})
