import { closeTimeout } from '../close-timeout.ts'
import { formatDuration, type Duration } from '../duration.ts'
import { MqError } from '../errors.ts'
import type { Handler } from '../message.ts'
import type { Runtime } from '../runtime.ts'
import { bounded, timeLeft } from '../mechanism/bounded.ts'
import { TAKEN } from './delivery-state.ts'
import type { Delivery } from './delivery.ts'
import type { SourceEngine } from './engine.ts'
import type { Taker } from './holder.ts'
import type { Subscription } from './options.ts'
import type { ResolvedConsumer } from './resolved-consumer.ts'

/** After its timeout a handler has this long to listen to its signal. */
const GRACE = 5000

/** A handler at work: push. */
export class HandlerSubscription implements Subscription, Taker {
  readonly options: ResolvedConsumer
  readonly inHand = false
  readonly ready: Promise<void>
  readonly done: Promise<void>
  readonly #runtime: Runtime
  readonly #engine: SourceEngine
  readonly #handler: Handler<never>
  readonly #onEnd: () => void
  /** Deliveries whose handler has not returned; those that outlived their time count as zombies, not as running. */
  readonly #inFlight = new Set<Delivery>()
  readonly #zombies = new Set<Delivery>()
  /** Asynchronous runs in their grace. */
  readonly #grace = new Set<Delivery>()
  /** Two subscriptions of one source each have their own fact in health. */
  readonly #number: number
  #paused = false
  #closing: Promise<void> | null = null
  #idle: (() => void)[] = []
  #resolveDone!: () => void
  #rejectDone!: (error: MqError) => void

  constructor(
    runtime: Runtime,
    engine: SourceEngine,
    handler: Handler<never>,
    options: ResolvedConsumer,
    onEnd: () => void,
  ) {
    this.#runtime = runtime
    this.#engine = engine
    this.#handler = handler
    this.options = options
    this.#onEnd = onEnd
    this.#number = runtime.nextNumber()
    this.done = new Promise((resolve, reject) => {
      this.#resolveDone = resolve
      this.#rejectDone = reject
    })
    this.done.catch(() => undefined)
    // First the taker, then the feed, so that it opens with the right window.
    engine.addTaker(this)
    this.ready = Promise.race([engine.use(), this.done])
    this.ready.catch(() => undefined)
  }

  get running(): number {
    return this.#inFlight.size
  }

  // --- as a taker

  get window(): number {
    return this.#starts ? this.options.concurrency * 2 : 0
  }

  get free(): number {
    return this.#starts ? this.options.concurrency - this.#inFlight.size : 0
  }

  /** Zombies hold real resources: as many of them as handlers are allowed stop the intake. */
  get #starts(): boolean {
    return !this.#paused && this.#closing === null && this.#zombies.size < this.options.concurrency
  }

  take(delivery: Delivery): void {
    let result: unknown
    let isPending: boolean
    try {
      result = this.#handler(delivery as never)
      isPending = isThenable(result)
    } catch (error) {
      if (delivery.state === TAKEN) this.#engine.fail(delivery, error)
      return
    }
    if (isPending) this.#follow(delivery, result)
    else if (delivery.state === TAKEN) this.#engine.acknowledge(delivery)
  }

  #follow(delivery: Delivery, result: unknown): void {
    this.#inFlight.add(delivery)
    this.#runtime.wheel.set(delivery, this.options.timeout)
    // A promise of ours stays as it is; whatever else can be awaited is called from a microtask, where it may throw.
    Promise.resolve(result).then(
      () => {
        this.#ended(delivery)
        if (delivery.state === TAKEN) this.#engine.acknowledge(delivery)
        this.#slotFree()
      },
      (error: unknown) => {
        this.#ended(delivery)
        if (delivery.state === TAKEN) this.#engine.fail(delivery, error)
        this.#slotFree()
      },
    )
  }

  #ended(delivery: Delivery): void {
    this.#runtime.wheel.clear(delivery)
    this.#inFlight.delete(delivery)
    this.#grace.delete(delivery)
    if (this.#zombies.delete(delivery)) this.#zombiesChanged()
  }

  #slotFree(): void {
    this.#engine.dispatch()
    if (this.#inFlight.size > 0 || this.#idle.length === 0) return
    for (const resolve of this.#idle.splice(0)) resolve()
  }

  /** First the signal, then the grace, then the failure counts and the slot is free. */
  expired(delivery: Delivery): void {
    if (this.#grace.has(delivery)) return this.#becomeZombie(delivery)
    this.#grace.add(delivery)
    this.#runtime.wheel.set(delivery, GRACE)
    const { id, attempt } = delivery
    this.#runtime.emit({ event: 'handler-timeout', source: this.#engine.source, id, attempt })
    delivery.abort(this.#timeoutError(delivery))
  }

  #becomeZombie(delivery: Delivery): void {
    this.#grace.delete(delivery)
    this.#inFlight.delete(delivery)
    this.#zombies.add(delivery)
    this.#zombiesChanged()
    if (delivery.state === TAKEN) this.#engine.fail(delivery, this.#timeoutError(delivery))
    this.#slotFree()
  }

  #zombiesChanged(): void {
    const key = `zombies ${this.#engine.source} ${this.#number}`
    const count = this.#zombies.size
    const limit = this.options.concurrency
    if (count >= limit)
      this.#runtime.health.report(
        key,
        'degraded',
        `"${this.#engine.source}" is paused: ${count} handlers outlived their timeout and still run`,
      )
    else this.#runtime.health.clear(key)
    this.#engine.takerChanged()
  }

  #timeoutError(delivery: Delivery): MqError {
    return new MqError(
      'MQ_TIMEOUT',
      `the handler of "${this.#engine.source}" ran longer than ${formatDuration(this.options.timeout)} (message ${delivery.id})`,
      { retryable: true },
    )
  }

  killed(error: MqError): void {
    if (this.#closing !== null) return
    this.#closing = Promise.resolve()
    void this.#leave(0)
    this.#rejectDone(error)
  }

  // --- as a subscription

  pause(options?: { readonly for?: Duration }): void {
    if (options?.for !== undefined)
      throw new MqError('MQ_UNSUPPORTED', 'pause: `for` is not built in this version; call pause() and later resume()')
    if (this.#paused) return
    this.#paused = true
    this.#engine.takerChanged()
  }

  resume(): void {
    if (!this.#paused) return
    this.#paused = false
    this.#engine.takerChanged()
  }

  async close(options?: { readonly timeout?: Duration }): Promise<void> {
    const timeout = closeTimeout(options)
    this.#closing ??= this.#close(timeout)
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(timeout: number): Promise<void> {
    const { clock } = this.#runtime
    const left = timeLeft(clock, timeout)
    this.#engine.removeTaker(this)
    if (this.#inFlight.size > 0) await bounded(new Promise<void>((resolve) => this.#idle.push(resolve)), clock, left())
    for (const delivery of this.#inFlight) this.#cutOff(delivery)
    await bounded(this.#engine.idle(), clock, left())
    await this.#leave(left())
    this.#resolveDone()
  }

  /** The close has no more time: the handler is told, and its message goes to somebody else. */
  #cutOff(delivery: Delivery): void {
    this.#runtime.wheel.clear(delivery)
    delivery.abort(
      new MqError('MQ_CLOSED', `the subscription of "${this.#engine.source}" was closed while the handler ran`),
    )
    if (delivery.state === TAKEN) this.#engine.release(delivery)
  }

  #leave(timeout: number): Promise<void> {
    this.#engine.removeTaker(this)
    this.#onEnd()
    return this.#engine.unuse(timeout)
  }
}

function isThenable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}
