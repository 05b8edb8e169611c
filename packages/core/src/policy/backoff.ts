import { parseDuration, type Duration } from '../duration.ts'
import { MqError } from '../errors.ts'
import type { Randomness } from '../mechanism/random.ts'
import { show } from '../options/show.ts'

/** The wait after each failure: a schedule made by `exponential`, `linear` or `fixed`, or a function of the error and the attempt that failed. */
export type Backoff = Schedule | ((error: unknown, attempt: number) => Duration)

/** A wait that depends on the attempt alone. */
export interface Schedule {
  /** Milliseconds to wait after attempt `attempt` (from 1) has failed, before jitter. */
  base(attempt: number): number
  /** With jitter the wait is between half and the whole of the base, so that failures do not come back in step. */
  readonly jitter: boolean
}

/** `first`, then twice that, and so on up to `max`; with jitter between half and full. */
export function exponential(first: Duration, max: Duration): Schedule {
  const start = milliseconds('exponential(first)', first)
  const limit = milliseconds('exponential(max)', max)
  return Object.freeze({
    jitter: true,
    base: (attempt: number) => Math.min(limit, start * 2 ** Math.min(attempt - 1, 60)),
  })
}

/** `step`, then twice `step`, three times and so on up to `max`; with jitter between half and full. */
export function linear(step: Duration, max: Duration): Schedule {
  const start = milliseconds('linear(step)', step)
  const limit = milliseconds('linear(max)', max)
  return Object.freeze({ jitter: true, base: (attempt: number) => Math.min(limit, start * attempt) })
}

/** The same wait every time, without jitter. */
export function fixed(wait: Duration): Schedule {
  const constant = milliseconds('fixed(wait)', wait)
  return Object.freeze({ jitter: false, base: () => constant })
}

/** The wait in milliseconds. A function that throws or returns nonsense is an error, which the caller must survive. */
export function backoffMs(backoff: Backoff, error: unknown, attempt: number, random: Randomness): number {
  if (typeof backoff === 'function') return milliseconds('the result of retry.backoff', backoff(error, attempt))
  const base = milliseconds('the result of retry.backoff', backoff.base(attempt))
  return backoff.jitter ? base * (0.5 + random.next() / 2) : base
}

function milliseconds(field: string, value: unknown): number {
  const ms = parseDuration(value)
  if (ms !== undefined) return ms
  throw new MqError('MQ_CONFIG', `${field} is ${show(value)}: give milliseconds from 0, or text such as '30s'`)
}
