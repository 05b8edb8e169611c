import { MqError } from '../errors.ts'
import { Ring } from '../mechanism/ring.ts'
import type { Message } from '../message.ts'
import type { Delivery } from './delivery.ts'
import { TAKEN } from './delivery-state.ts'
import type { SourceEngine } from './engine.ts'
import type { Taker } from './holder.ts'
import type { Outbox } from './pending-sends.ts'
import type { PulledMessages } from './pull.ts'
import type { ResolvedConsumer } from './resolved-consumer.ts'

type Result = IteratorResult<Message, undefined>

const DONE: Result = Object.freeze({ done: true, value: undefined })

/** What an iterator tells its consumer. */
export interface IteratorHooks {
  /** The loop has begun. False: the consumer is closed. */
  started(iterator: MessageIterator): boolean
  ended(iterator: MessageIterator): void
}

/** One loop over messages. It fetches as many ahead as the consumer has concurrency, and nothing before the loop begins. */
export class MessageIterator implements Taker, AsyncIterator<Message, undefined> {
  readonly options: ResolvedConsumer
  readonly outbox: Outbox
  readonly inHand = false
  readonly #engine: SourceEngine
  readonly #held: PulledMessages
  readonly #signal: AbortSignal | undefined
  readonly #hooks: IteratorHooks
  readonly #ahead = new Ring<Delivery>()
  #waiting: { readonly resolve: (result: Result) => void; readonly reject: (error: MqError) => void }[] = []
  #last: Delivery | null = null
  #isStarted = false
  #isEnded = false
  /** Why it ended, until somebody has been told. */
  #error: MqError | null = null

  constructor(engine: SourceEngine, held: PulledMessages, signal: AbortSignal | undefined, hooks: IteratorHooks) {
    this.options = held.options
    this.outbox = held.outbox
    this.#engine = engine
    this.#held = held
    this.#signal = signal
    this.#hooks = hooks
  }

  next(): Promise<Result> {
    if (!this.#isStarted) this.#start()
    if (this.#isEnded) return this.#over()
    const delivery = this.#nextAhead()
    const result =
      delivery === undefined
        ? new Promise<Result>((resolve, reject) => this.#waiting.push({ resolve, reject }))
        : Promise.resolve(this.#hand(delivery))
    this.#engine.dispatch()
    return result
  }

  /** The loop was left. */
  return(): Promise<Result> {
    this.#isStarted = true
    this.#finish(null)
    return this.#over()
  }

  #start(): void {
    this.#isStarted = true
    if (this.#signal?.aborted === true) return this.#aborted()
    if (!this.#hooks.started(this)) return this.#finish(null)
    this.#signal?.addEventListener('abort', this.#aborted, { once: true })
    this.#engine.addTaker(this)
  }

  get window(): number {
    return this.#isEnded ? 0 : this.options.concurrency
  }

  get free(): number {
    return this.#isEnded ? 0 : this.options.concurrency - this.#ahead.length
  }

  take(delivery: Delivery): void {
    const waiter = this.#waiting.shift()
    if (waiter === undefined) this.#ahead.push(delivery)
    else waiter.resolve(this.#hand(delivery))
  }

  /** What is fetched ahead is in nobody's hand: no time is set for it. */
  expired(): void {}

  killed(error: MqError): void {
    this.#finish(error)
  }

  /** The consumer closes: the loop ends, as if there were no more messages. */
  cancel(): void {
    this.#finish(null)
  }

  /** What was lost with its lease is somebody else's. */
  #nextAhead(): Delivery | undefined {
    let delivery = this.#ahead.shift()
    while (delivery !== undefined && delivery.state !== TAKEN) delivery = this.#ahead.shift()
    return delivery
  }

  #hand(delivery: Delivery): Result {
    this.#last = delivery
    this.#held.hold(delivery, this.options.timeout)
    return { done: false, value: delivery }
  }

  readonly #aborted = (): void => {
    this.#finish(
      new MqError('MQ_ABORTED', `the signal aborted the loop over "${this.#engine.source}"; nothing is lost`, {
        cause: this.#signal?.reason,
      }),
    )
  }

  #finish(error: MqError | null): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#error = error
    this.#signal?.removeEventListener('abort', this.#aborted)
    this.#engine.removeTaker(this)
    for (let next = this.#nextAhead(); next !== undefined; next = this.#nextAhead()) this.#engine.release(next)
    this.#hooks.ended(this)
    for (const { resolve, reject } of this.#waiting.splice(0)) this.#over().then(resolve, reject)
  }

  /** The one in hand is not settled by leaving: a throw looks the same as a break, and must not bring it back for ever. */
  #over(): Promise<Result> {
    if (this.#last !== null) this.#held.letGo(this.#last)
    this.#last = null
    const error = this.#error
    this.#error = null
    return error === null ? Promise.resolve(DONE) : Promise.reject(error)
  }
}
