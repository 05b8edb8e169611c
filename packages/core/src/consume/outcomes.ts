import { MqError, textOf } from '../errors.ts'
import { formatDuration } from '../duration.ts'
import { deadLetterOf, errorText } from '../policy/dead-letter.ts'
import type { DeadReason } from '../policy/dead-reason.ts'
import { decide, isCrashLoop } from '../policy/decide.ts'
import { retryCopyOf } from '../policy/retry-copy.ts'
import type { Runtime } from '../runtime.ts'
import type { Settlement } from '../spi/messages.ts'
import type { Target } from '../spi/target.ts'
import { WIRE } from '../wire/names.ts'
import { expiryOf, numberOf, sentAtOf, unknownVersion } from '../wire/read.ts'
import { Unreadable, type BodyReader } from './body-reader.ts'
import type { Delivery } from './delivery.ts'
import type { Judge, Move, Release } from './judge.ts'
import type { ResolvedConsumer } from './resolved-consumer.ts'

const NEWER_VERSION_PAUSE = 60_000
const LONGEST_VERSION_PAUSE = 300_000

/** The places that belong to a source. */
export interface OutcomePlaces {
  readonly dead: Target
  /** What reaches this source alone. */
  readonly inbox: Target
}

/** Turns what happened to a delivery into what the broker is told, and says so in logs and events. */
export class Outcomes implements Judge {
  readonly #runtime: Runtime
  readonly #source: string
  readonly #reader: BodyReader
  readonly #places: OutcomePlaces
  /** Of messages that say nothing of their expiry because a stranger sent them. */
  readonly #ttl: number | undefined
  #saidVersion = false

  constructor(runtime: Runtime, source: string, reader: BodyReader, places: OutcomePlaces, ttl: number | undefined) {
    this.#runtime = runtime
    this.#source = source
    this.#reader = reader
    this.#places = places
    this.#ttl = ttl
  }

  /** Read the body before a handler sees the message. A settlement: it cannot be handled. */
  open(delivery: Delivery, options: ResolvedConsumer): Settlement<unknown> | undefined {
    const { incoming } = delivery
    const version = unknownVersion(incoming)
    if (version !== undefined) return this.#newer(delivery, version)
    if (isCrashLoop(incoming.deliveries, incoming.attempt, options)) {
      return this.#dies(
        delivery,
        options,
        'crashed',
        new MqError(
          'MQ_INVALID',
          `${incoming.deliveries - 1 - incoming.attempt} deliveries ended without a word from a handler`,
        ),
        delivery.failures,
      )
    }
    const expiredAt = expiryOf(incoming, this.#ttl)
    if (expiredAt !== undefined && this.#now() >= expiredAt)
      return this.#dies(delivery, options, 'expired', expired(expiredAt), delivery.failures)
    const read = this.#reader.read(incoming)
    if (!(read instanceof Unreadable)) {
      delivery.body = read
      return undefined
    }
    if (options.onInvalid === 'retry') return this.judge(delivery, read.error)
    return this.#dies(delivery, options, read.reason, read.error, delivery.failures)
  }

  /** A failure: the retry policy, or what the handler's steering error says. */
  judge(delivery: Delivery, error: unknown): Settlement<unknown> {
    const options = delivery.holder!.options
    const { attempt } = delivery
    const verdict = decide(attempt, error, options, this.#runtime.random)
    if (verdict.verdict === 'dead') return this.#dies(delivery, options, verdict.reason, error, attempt)
    const { receipt } = delivery.incoming
    const note = firstFailure(delivery)
    if (verdict.verdict === 'defer') {
      return { receipt, action: 'release', delay: verdict.delay, failed: false, attempt: delivery.failures, note }
    }
    this.#sayRetry(delivery, attempt, verdict.delay, error)
    return {
      receipt,
      action: 'release',
      delay: verdict.delay,
      failed: true,
      attempt,
      note: note === '' ? String(this.#now()) : note,
    }
  }

  copy({ incoming }: Delivery, release: Release): Move {
    const { clock } = this.#runtime
    // A clock that tells whole milliseconds only is behind by as much as it has not told.
    const dueAt = clock.now() + release.delay + (release.delay > 0 ? (clock.grain ?? 0) : 0)
    return { to: this.#places.inbox, message: retryCopyOf(incoming, release, dueAt) }
  }

  #dies(
    delivery: Delivery,
    options: ResolvedConsumer,
    reason: DeadReason,
    error: unknown,
    attempts: number,
  ): Settlement<unknown> {
    const { receipt } = delivery.incoming
    const dropped = options.deadLetter === 'drop'
    this.#sayDead(delivery, dropped, reason, error)
    if (dropped) return { receipt, action: 'ack' }
    const now = this.#now()
    const message = deadLetterOf(delivery.incoming, {
      reason,
      error,
      attempts,
      origin: this.#source,
      failedFirstAt: numberOf(firstFailure(delivery)) ?? now,
      failedLastAt: now,
    })
    return { receipt, action: 'move', to: this.#places.dead, message }
  }

  #newer(delivery: Delivery, version: string): Settlement<unknown> {
    const { receipt, note } = delivery.incoming
    if (!this.#saidVersion) {
      this.#saidVersion = true
      this.#runtime.log.error(
        { source: this.#source, id: delivery.id, version },
        'a message needs a newer AnyMQ; it waits',
      )
      this.#runtime.emit({ event: 'unknown-version', source: this.#source, id: delivery.id, version })
    }
    // The longer it has waited, the longer the next pause: as long again, within bounds.
    const age = this.#now() - sentAtOf(delivery.incoming)
    const delay = Math.min(Math.max(age, NEWER_VERSION_PAUSE), LONGEST_VERSION_PAUSE)
    return { receipt, action: 'release', delay, failed: false, attempt: delivery.failures, note }
  }

  #sayRetry(delivery: Delivery, attempt: number, delay: number, error: unknown): void {
    this.#runtime.log.warn(
      { source: this.#source, id: delivery.id, attempt, retryIn: formatDuration(delay), error: textOf(error) },
      'a handler failed',
    )
    this.#runtime.emit({ event: 'retry', source: this.#source, id: delivery.id, attempt, delay, error })
  }

  #sayDead(delivery: Delivery, dropped: boolean, reason: DeadReason, error: unknown): void {
    const { id, attempt } = delivery
    this.#runtime.log.error(
      { source: this.#source, id, attempt, reason, error: errorText(error) },
      dropped ? 'a message is dropped' : 'a message is dead-lettered',
    )
    this.#runtime.emit({ event: dropped ? 'dropped' : 'dead-letter', source: this.#source, id, attempt, reason, error })
  }

  #now(): number {
    return Math.floor(this.#runtime.clock.now())
  }
}

/** When it first failed: kept by the broker, or carried by the message. '' where it has not. */
function firstFailure({ incoming }: Delivery): string {
  return incoming.note === '' ? (incoming.headers[WIRE.failedFirstAt] ?? '') : incoming.note
}

function expired(at: number): MqError {
  return new MqError('MQ_TIMEOUT', `it was to be handled until ${new Date(at).toISOString()} (ttl)`)
}
