import type { Clock } from '@anymq/core'

/** Rings once, unless it is cancelled. */
export interface Alarm {
  readonly rang: boolean
  cancel(): void
}

/** The time that a case lives in. */
export interface Time {
  /** What broker objects are given; undefined: the machine's. */
  readonly clock: Clock | undefined
  /** Milliseconds on one timeline that all processes of a case share. */
  now(): number
  sleep(ms: number): Promise<void>
  alarm(ms: number): Alarm
  /** Resolves when something may have changed: what conditions are waited for with. `who` waits, the same for each look. */
  change(who: object): Promise<void>
  /** Timers that somebody else has set and that have not fired; undefined: it cannot be told. */
  readonly timersLeft: number | undefined
  /**
   * Do the work, and let time pass as long as it lasts. Rejects as it does, or with a `TimeOver` that names it as `what` when `limit`
   * milliseconds of this time have passed; the work is left to itself then.
   */
  run<T>(what: string, work: () => Promise<T>, limit: number): Promise<T>
}

/** The work did not end in its time. */
export class TimeOver extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'TimeOver'
  }
}
