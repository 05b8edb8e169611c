import { DURATION_FORMS, parseDuration, type Duration } from '../duration.ts'
import { isBranded, MqError, textOf } from '../errors.ts'
import { refuseProblems } from '../options/refuse.ts'
import { oneOf } from '../options/rules.ts'
import { shape } from '../options/shape.ts'
import { show } from '../options/show.ts'

const BRAND = Symbol.for('anymq.steering')

/** What a handler can throw to say more than "failed". */
export type Steering = DeadLetter | RetryAfter | Defer | RetryRequested

/** Throw it from a handler: the message can never succeed. It is dead-lettered at once with reason `rejected`. */
export class DeadLetter extends Error {
  readonly steering = 'dead-letter'
  /** @param why stands in the dead letter as its error */
  constructor(why: string, options?: ErrorOptions) {
    super(why, options)
    this.name = 'DeadLetter'
    Object.defineProperty(this, BRAND, { value: true })
  }
}

/** Throw it from a handler: failed, and the next run comes after this long, whatever the backoff says. Counts as an attempt. */
export class RetryAfter extends Error {
  readonly steering = 'retry-after'
  /** Milliseconds. */
  readonly after: number
  /** @throws MQ_CONFIG for what is no duration */
  constructor(after: Duration, options?: ErrorOptions) {
    super(`retry after ${textOf(after)}${options?.cause === undefined ? '' : `: ${textOf(options.cause)}`}`, options)
    this.name = 'RetryAfter'
    this.after = milliseconds('RetryAfter', after)
    Object.defineProperty(this, BRAND, { value: true })
  }
}

const deferOptions = shape({ pause: oneOf(true, false) })

/**
 * Throw it from a handler: not now. The message comes again after this long, and nothing is counted. With `pause: true` the whole
 * subscription starts nothing for as long: a rate limit, or an outage downstream.
 */
export class Defer extends Error {
  readonly steering = 'defer'
  /** Milliseconds. */
  readonly after: number
  readonly pause: boolean
  /**
   * @param options `pause` default false
   * @throws MQ_CONFIG for what is no duration, or no option
   */
  constructor(after: Duration, options: { readonly pause?: boolean } = {}) {
    super(`deferred for ${textOf(after)}`)
    this.name = 'Defer'
    this.after = milliseconds('Defer', after)
    refuseProblems('MQ_CONFIG', 'Cannot defer:', deferOptions.problems(options, 'options'))
    this.pause = options.pause === true
    Object.defineProperty(this, BRAND, { value: true })
  }
}

/** What `message.retry()` without a wait means: failed, the backoff decides, and no classification is asked. */
export class RetryRequested extends Error {
  readonly steering = 'retry'
  constructor() {
    super('the handler asked for a retry')
    this.name = 'RetryRequested'
    Object.defineProperty(this, BRAND, { value: true })
  }
}

/** True for the steering errors, also when two copies of the library are loaded. */
export function isSteering(error: unknown): error is Steering {
  return isBranded(error, BRAND)
}

/** How long the subscription that threw this shall start nothing, milliseconds; 0: it need not pause. */
export function pauseOf(error: unknown): number {
  return isSteering(error) && error.steering === 'defer' && error.pause ? error.after : 0
}

function milliseconds(what: string, value: unknown): number {
  const ms = parseDuration(value)
  if (ms !== undefined) return ms
  throw new MqError('MQ_CONFIG', `${what}: ${show(value)} is no duration; give ${DURATION_FORMS}`)
}
