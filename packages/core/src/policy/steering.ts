import { DURATION_FORMS, parseDuration, type Duration } from '../duration.ts'
import { isBranded, MqError, textOf } from '../errors.ts'
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

/** Throw it from a handler: not now. The message comes again after this long, and nothing is counted. */
export class Defer extends Error {
  readonly steering = 'defer'
  /** Milliseconds. */
  readonly after: number
  /**
   * @throws MQ_CONFIG for what is no duration
   * @throws MQ_UNSUPPORTED for `pause: true`, which this version does not have
   */
  constructor(after: Duration, options?: { readonly pause?: boolean }) {
    super(`deferred for ${textOf(after)}`)
    this.name = 'Defer'
    this.after = milliseconds('Defer', after)
    if (options?.pause === true)
      throw new MqError(
        'MQ_UNSUPPORTED',
        'Defer: pause is not built in this version; call subscription.pause() instead',
      )
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

function milliseconds(what: string, value: unknown): number {
  const ms = parseDuration(value)
  if (ms !== undefined) return ms
  throw new MqError('MQ_CONFIG', `${what}: ${show(value)} is no duration; give ${DURATION_FORMS}`)
}
