import { MqError } from '../errors.ts'
import type { Message } from '../message.ts'
import { WakeUp } from '../mechanism/wake-up.ts'
import type { Runtime } from '../runtime.ts'
import { TAKEN } from './delivery-state.ts'
import type { Delivery } from './delivery.ts'
import type { SourceEngine } from './engine.ts'
import type { Holder, Taker } from './holder.ts'
import type { Outbox } from './pending-sends.ts'
import type { ResolvedConsumer } from './resolved-consumer.ts'

/** What one consumer has pulled and not settled. */
export class PulledMessages implements Holder {
  readonly options: ResolvedConsumer
  readonly outbox: Outbox
  readonly inHand = true
  readonly #runtime: Runtime
  readonly #engine: SourceEngine
  readonly #held = new Set<Delivery>()
  #saidUnsettled = false

  constructor(runtime: Runtime, engine: SourceEngine, options: ResolvedConsumer, outbox: Outbox) {
    this.#runtime = runtime
    this.#engine = engine
    this.options = options
    this.outbox = outbox
  }

  hold(delivery: Delivery, ms: number): void {
    this.#held.add(delivery)
    this.#engine.pulled(delivery, this)
    this.#runtime.wheel.set(delivery, ms)
  }

  /** Nobody will settle it any more: it is kept until its lease would end, and then counts as failed. */
  letGo(delivery: Delivery): void {
    if (!this.#held.has(delivery)) return
    const { clock, wheel } = this.#runtime
    const left = delivery.leaseUntil === 0 ? this.#engine.lease : delivery.leaseUntil - clock.monotonic()
    wheel.set(delivery, Math.min(left, wheel.remaining(delivery)))
  }

  left(delivery: Delivery): void {
    this.#held.delete(delivery)
  }

  /** Held too long without a word: that is a failure, as a lease that runs out is. */
  expired(delivery: Delivery): void {
    this.#held.delete(delivery)
    if (delivery.state !== TAKEN) return
    const { id } = delivery
    const { source } = this.#engine
    this.#runtime.emit({ event: 'unsettled', source, id })
    if (!this.#saidUnsettled) {
      this.#saidUnsettled = true
      this.#runtime.log.warn(
        { source, id },
        'a pulled message was never settled; it counts as failed (said once per consumer)',
      )
    }
    const error = new MqError('MQ_TIMEOUT', `message ${id} of "${source}" was pulled and not settled within its hold`)
    delivery.abort(error)
    this.#engine.fail(delivery, error)
  }

  /** The consumer closes: everything that is still in hand goes back unharmed. */
  releaseAll(): void {
    for (const delivery of this.#held) {
      if (delivery.state !== TAKEN) continue
      delivery.abort(new MqError('MQ_CLOSED', `the consumer of "${this.#engine.source}" was closed`))
      this.#engine.release(delivery)
    }
    this.#held.clear()
  }
}

/** One `receive` that waits. */
export class Pull implements Taker {
  readonly options: ResolvedConsumer
  readonly outbox: Outbox
  readonly inHand = false
  readonly promise: Promise<Message[]>
  readonly #runtime: Runtime
  readonly #engine: SourceEngine
  readonly #held: PulledMessages
  readonly #max: number
  readonly #hold: number
  readonly #signal: AbortSignal | undefined
  readonly #deadline = new WakeUp(() => this.#finish())
  readonly #got: Delivery[] = []
  #scheduled = false
  #ended = false
  #resolve!: (messages: Message[]) => void
  #reject!: (error: MqError) => void

  constructor(
    runtime: Runtime,
    engine: SourceEngine,
    held: PulledMessages,
    how: { max: number; wait: number; hold: number; signal: AbortSignal | undefined },
  ) {
    this.#runtime = runtime
    this.#engine = engine
    this.#held = held
    this.options = held.options
    this.outbox = held.outbox
    this.#max = how.max
    this.#hold = how.hold
    this.#signal = how.signal
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    this.promise.catch(() => undefined)
    runtime.wheel.set(this.#deadline, how.wait)
    how.signal?.addEventListener('abort', this.#aborted, { once: true })
    engine.addTaker(this)
  }

  get window(): number {
    return this.#ended ? 0 : this.#max
  }

  get free(): number {
    return this.#ended ? 0 : this.#max - this.#got.length
  }

  take(delivery: Delivery): void {
    this.#got.push(delivery)
    if (this.#scheduled) return
    this.#scheduled = true
    // What comes in the same batch goes out in the same answer.
    queueMicrotask(() => this.#finish())
  }

  /** It is in nobody's hand yet: no time is set for it. */
  expired(): void {}

  killed(error: MqError): void {
    this.#end()
    this.#reject(error)
  }

  /** The consumer closes: with what there is. */
  cancel(): void {
    this.#finish()
  }

  #finish(): void {
    if (this.#ended) return
    const messages = this.#got.filter((delivery) => delivery.state === TAKEN)
    if (messages.length === 0 && this.#scheduled) return this.#lostAgain()
    for (const delivery of messages) this.#held.hold(delivery, this.#hold)
    this.#end()
    this.#resolve(messages)
  }

  /** All that came was lost with its lease before the answer went out: wait on. */
  #lostAgain(): void {
    this.#scheduled = false
    this.#got.length = 0
    if (this.#deadline.wheelTick < 0) this.#finish()
  }

  readonly #aborted = (): void => {
    if (this.#ended) return
    for (const delivery of this.#got) if (delivery.state === TAKEN) this.#engine.release(delivery)
    this.#end()
    this.#reject(
      new MqError('MQ_ABORTED', `the signal aborted the receive from "${this.#engine.source}"; nothing is lost`, {
        cause: this.#signal?.reason,
      }),
    )
  }

  #end(): void {
    this.#ended = true
    this.#runtime.wheel.clear(this.#deadline)
    this.#signal?.removeEventListener('abort', this.#aborted)
    this.#engine.removeTaker(this)
  }
}
