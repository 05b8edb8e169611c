import { DURATION_FORMS, parseDuration, type Duration } from '../duration.ts'
import { MqError } from '../errors.ts'
import type { Message } from '../message.ts'
import { NOT_SET, type WheelEntry } from '../mechanism/timer-wheel.ts'
import { DeadLetter, Defer, RetryAfter, RetryRequested } from '../policy/steering.ts'
import type { Headers, Incoming, Settlement } from '../spi/messages.ts'
import { WIRE } from '../wire/names.ts'
import { failuresOf, numberOf, sentAtOf } from '../wire/read.ts'
import { userHeaders } from '../wire/user-headers.ts'
import { WIRE_HEADERS } from '../wire/wire-headers.ts'
import { READY, type DeliveryState } from './delivery-state.ts'
import type { SourceEngine } from './engine.ts'
import type { Holder } from './holder.ts'

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
  /** What is on its way to the broker, so that it can be tried again. */
  settlement: Settlement<unknown> | null = null
  /** Monotonic; 0: not timed. */
  leaseUntil: number
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

  ack(): Promise<void> {
    return this.engine.settleFor(this, { receipt: this.incoming.receipt, action: 'ack' })
  }

  retry(options: { readonly after?: Duration } = {}): Promise<void> {
    const { after } = options
    if (after === undefined) return this.engine.failFor(this, new RetryRequested())
    const problem = durationProblem('retry: after', after)
    return problem ?? this.engine.failFor(this, new RetryAfter(after))
  }

  deadLetter(why = 'rejected by the handler'): Promise<void> {
    return this.engine.failFor(this, new DeadLetter(String(why)))
  }

  defer(after: Duration): Promise<void> {
    return durationProblem('defer', after) ?? this.engine.failFor(this, new Defer(after))
  }

  extend(by: Duration): Promise<void> {
    return durationProblem('extend', by) ?? this.engine.extendFor(this, parseDuration(by)!)
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
  const refused = Promise.reject<never>(
    new MqError('MQ_INVALID', `${what} is ${String(value)}; give ${DURATION_FORMS}`),
  )
  refused.catch(() => undefined)
  return refused
}
