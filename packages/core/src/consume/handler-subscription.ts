import type { MqError } from '../errors.ts'
import type { Handler } from '../message.ts'
import type { Delivery } from './delivery.ts'
import { TAKEN } from './delivery-state.ts'
import type { SourceEngine } from './engine.ts'
import { LiveSubscription, type SubscriptionPlace, type Work } from './live-subscription.ts'
import type { Subscription } from './options.ts'
import { isUndecided, type Outbox } from './pending-sends.ts'
import type { ResolvedConsumer } from './resolved-consumer.ts'

/** A handler at work: push, one message at a time for each slot. */
export function subscribeHandler(place: SubscriptionPlace, handler: Handler<never>): Subscription {
  return new HandlerSubscription(place, handler).open()
}

class HandlerSubscription implements Work<Delivery> {
  readonly options: ResolvedConsumer
  readonly outbox: Outbox
  readonly inHand = false
  readonly #engine: SourceEngine
  readonly #live: LiveSubscription<Delivery>

  constructor(place: SubscriptionPlace, handler: Handler<never>) {
    this.options = place.options
    this.outbox = place.outbox
    this.#engine = place.engine
    this.#live = new LiveSubscription(place, handler, this)
  }

  open(): Subscription {
    this.#live.open()
    return this.#live
  }

  get window(): number {
    return this.#live.isOpen ? this.options.concurrency * 2 : 0
  }

  get free(): number {
    return this.#live.free
  }

  take(delivery: Delivery): void {
    this.#live.start(delivery, delivery)
  }

  expired(delivery: Delivery): void {
    this.#live.expired(delivery)
  }

  killed(error: MqError): void {
    this.#live.killed(error)
  }

  wake(): void {
    this.#engine.dispatch()
  }

  /** Everything that it takes starts at once. */
  stopped(): void {}

  sends(delivery: Delivery): Promise<void> | null {
    return delivery.sends === null ? null : delivery.sends.idle
  }

  returned(delivery: Delivery): void {
    if (!isUndecided(delivery)) return this.#engine.ended(delivery)
    const failure = delivery.sends === null ? null : delivery.sends.failure
    if (failure === null) this.#engine.acknowledge(delivery)
    else this.#engine.fail(delivery, failure)
  }

  failed(delivery: Delivery, error: unknown): void {
    if (isUndecided(delivery)) this.#engine.fail(delivery, error)
    else this.#engine.ended(delivery)
  }

  abort(delivery: Delivery, reason: MqError): void {
    delivery.abort(reason)
  }

  release(delivery: Delivery): void {
    if (delivery.state === TAKEN) this.#engine.release(delivery)
  }
}
