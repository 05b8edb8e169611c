import { DURATION_FORMS, parseDuration, type Duration } from '../duration.ts'
import type { Queue, Topic } from '../definition/definition.ts'
import { MqError } from '../errors.ts'
import type { Message } from '../message.ts'
import { NOT_SET, type WheelEntry } from '../mechanism/timer-wheel.ts'
import { DeadLetter, Defer, RetryAfter, RetryRequested } from '../policy/steering.ts'
import type { Headers, Incoming, Settlement } from '../spi/messages.ts'
import { WIRE } from '../wire/names.ts'
import { failuresOf, numberOf, sentAtOf } from '../wire/read.ts'
import { userHeaders } from '../wire/user-headers.ts'
import { WIRE_HEADERS } from '../wire/wire-headers.ts'
import { READY, TAKEN, type DeliveryState } from './delivery-state.ts'
import type { SourceEngine } from './engine.ts'
import type { Holder } from './holder.ts'
import { ackAfterSends, isUndecided, sendFrom, type PendingSends } from './pending-sends.ts'
import type { KeyChain } from './key-chain.ts'

/** Somebody awaits the settlement. */
export interface SettleWaiter {
  resolve(): void
  reject(error: MqError): void
}

/**
 * One delivery: the message that users see and everything that the engine keeps about it, in one object, because there is
 * one for each message. All fields are set here, in this order; methods live on the prototype.
 */
export class Delivery implements Message, WheelEntry {
  readonly engine: SourceEngine
  readonly incoming: Incoming<unknown>
  state: DeliveryState = READY
  body: unknown = undefined
  holder: Holder | null = null
  waiter: SettleWaiter | null = null
  /** Those who await an extension; null until the first does. */
  extensions: Set<SettleWaiter> | null = null
  /** What was sent from it and is not confirmed yet; null until something is. */
  sends: PendingSends | null = null
  /** What is on its way to the broker, so that it can be tried again. */
  settlement: Settlement<unknown> | null = null
  /** Monotonic; 0: not timed. */
  leaseUntil: number
  /** The others of its key; null without a key, or where order is not asked for. */
  chain: KeyChain | null = null
  /** Its place among all that have a key. */
  place = 0
  /** True when its handler has returned, whatever has been settled. */
  isOver = false
  /** Monotonic time at which it came. */
  arrivedAt = 0
  /** True while its settlement is on the way and its lease is no longer renewed. */
  isLeaving = false
  listPrevious: Delivery | null = null
  listNext: Delivery | null = null
  wheelTick: number = NOT_SET
  wheelPrevious: WheelEntry | null = null
  wheelNext: WheelEntry | null = null
  #controller: AbortController | null = null
  #abortReason: MqError | null = null

  constructor(engine: SourceEngine, incoming: Incoming<unknown>) {
    this.engine = engine
    this.incoming = incoming
    this.leaseUntil = incoming.leaseUntil
  }

  get id(): string {
    return this.incoming.id
  }
  get idSource(): 'producer' | 'broker' | 'delivery' {
    return this.incoming.idSource
  }
  get type(): string | undefined {
    return this.incoming.headers[WIRE.type]
  }
  get headers(): Headers {
    return userHeaders(this.incoming.headers)
  }
  get key(): string | undefined {
    return this.incoming.key ?? this.incoming.headers[WIRE.key]
  }
  get priority(): string | undefined {
    return this.incoming.level ?? this.incoming.headers[WIRE.level]
  }
  /** Failures before this delivery. */
  get failures(): number {
    return failuresOf(this.incoming)
  }
  get attempt(): number {
    return this.failures + 1
  }
  get redriven(): number {
    return numberOf(this.incoming.headers[WIRE.redriven]) ?? 0
  }
  get sentAt(): Date {
    return new Date(sentAtOf(this.incoming))
  }
  get source(): string {
    return this.engine.source
  }
  get native(): unknown {
    return this.incoming.native
  }
  get signal(): AbortSignal {
    if (this.#controller === null) {
      this.#controller = new AbortController()
      if (this.#abortReason !== null) this.#controller.abort(this.#abortReason)
    }
    return this.#controller.signal
  }

  /** Tell the handler to stop. The first reason stays. */
  abort(reason: MqError): void {
    if (this.#abortReason !== null) return
    this.#abortReason = reason
    this.#controller?.abort(reason)
  }

  /** It is lost: whoever waits for it is told. */
  rejectAll(error: MqError): void {
    const { waiter, extensions } = this
    this.waiter = null
    this.extensions = null
    waiter?.reject(error)
    for (const asker of extensions ?? []) asker.reject(error)
  }

  ack(): Promise<void> {
    if (this.sends !== null && isUndecided(this)) return ackAfterSends(this, this.sends)
    return this.#refusal() ?? this.engine.settleFor(this, { receipt: this.incoming.receipt, action: 'ack' })
  }

  retry(options: { readonly after?: Duration } = {}): Promise<void> {
    const { after } = options
    if (after === undefined) return this.#postpone(new RetryRequested())
    return durationProblem('retry: after', after) ?? this.#postpone(new RetryAfter(after))
  }

  deadLetter(why = 'rejected by the handler'): Promise<void> {
    return this.#refusal() ?? this.engine.failFor(this, new DeadLetter(String(why)))
  }

  defer(after: Duration): Promise<void> {
    return durationProblem('defer', after) ?? this.#postpone(new Defer(after))
  }

  /** Sends from it are on their way, and it is acknowledged when they have arrived. */
  #refusal(): Promise<never> | undefined {
    if (this.sends?.isAcking !== true || this.state > TAKEN) return undefined
    return rejected(
      new MqError(
        'MQ_ALREADY_SETTLED',
        `message ${this.id} of "${this.source}" has been acknowledged already; the first settlement counts`,
        { destination: this.source },
      ),
    )
  }

  #postpone(error: RetryRequested | RetryAfter | Defer): Promise<void> {
    const refusal = this.#refusal()
    if (refusal !== undefined) return refusal
    const wasOpen = this.state <= TAKEN
    const settled = this.engine.failFor(this, error)
    // With its attempts used up it is gone for good, and nobody has to wait for it.
    const action = this.settlement?.action
    if (wasOpen && action !== 'move' && action !== 'ack') this.holder?.postponed?.(this)
    return settled
  }

  extend(by: Duration): Promise<void> {
    return durationProblem('extend', by) ?? this.engine.extendFor(this, parseDuration(by)!)
  }

  send(to: Queue | Topic, body: unknown, options?: unknown): Promise<string> {
    return sendFrom(this, to, body, options)
  }

  /** The wheel: whoever holds it knows what that means. */
  expire(): void {
    this.holder?.expired(this)
  }
}

// Under symbols, so that they are no part of the interface: the trace of a follow-up message, and what console.log shows.
Object.defineProperties(Delivery.prototype, {
  [WIRE_HEADERS]: {
    get(this: Delivery): Headers {
      return this.incoming.headers
    },
  },
  [Symbol.for('nodejs.util.inspect.custom')]: {
    value(this: Delivery): object {
      const { id, source, attempt, key, headers, body } = this
      return { id, source, attempt, key, headers, body }
    },
  },
})

function durationProblem(what: string, value: unknown): Promise<never> | undefined {
  if (parseDuration(value) !== undefined) return undefined
  return rejected(new MqError('MQ_INVALID', `${what} is ${String(value)}; give ${DURATION_FORMS}`))
}

function rejected(error: MqError): Promise<never> {
  const refused = Promise.reject<never>(error)
  refused.catch(() => undefined)
  return refused
}
