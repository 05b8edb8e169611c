import { MqError } from '../errors.ts'
import type { BatchHandler } from '../message.ts'
import { isSteering } from '../policy/steering.ts'
import { Batch, type BatchOwner } from './batch.ts'
import type { Delivery } from './delivery.ts'
import { LiveSubscription, type SubscriptionPlace, type Work } from './live-subscription.ts'
import type { Subscription } from './options.ts'
import { isUndecided, sendsOf, type Outbox } from './pending-sends.ts'
import type { ResolvedConsumer } from './resolved-consumer.ts'

/** How batches are gathered. */
export interface Gathering {
  readonly max: number
  /** Milliseconds after its first message in which a batch is handed over, full or not. */
  readonly within: number
  /** A batch may hold several messages of one key, and a failed one takes back those behind it. */
  readonly isOrdered: boolean
}

/** A handler of batches at work. `options.concurrency` counts batches. */
export function subscribeBatches(
  place: SubscriptionPlace,
  handler: BatchHandler<never>,
  gathering: Gathering,
): Subscription {
  return new BatchSubscription(place, handler, gathering).open()
}

/** One batch gathers at a time, also while handlers are busy: the longer they are, the fuller is the next. */
class BatchSubscription implements Work<Batch>, BatchOwner {
  readonly options: ResolvedConsumer
  readonly outbox: Outbox
  readonly inHand = false
  readonly #place: SubscriptionPlace
  readonly #how: Gathering
  readonly #live: LiveSubscription<Batch>
  readonly #handedOver = new Set<Batch>()
  #gathering: Batch | null = null

  constructor(place: SubscriptionPlace, handler: BatchHandler<never>, how: Gathering) {
    this.options = place.options
    this.outbox = place.outbox
    this.#place = place
    this.#how = how
    this.#live = new LiveSubscription(place, handler, this)
  }

  open(): Subscription {
    this.#live.open()
    return this.#live
  }

  // --- gathering

  get window(): number {
    return this.#live.isOpen ? this.options.concurrency * this.#how.max * 2 : 0
  }

  get free(): number {
    return this.#live.isOpen ? this.#how.max - (this.#gathering?.size ?? 0) : 0
  }

  canFollow(delivery: Delivery): boolean {
    return this.free > 0 && this.#gathering?.precedes(delivery) === true
  }

  take(delivery: Delivery): void {
    const batch = (this.#gathering ??= this.#newBatch())
    batch.add(delivery)
    if (batch.size >= this.#how.max) this.#handOver()
  }

  #newBatch(): Batch {
    const batch = new Batch(this, this.#how.isOrdered)
    this.#place.runtime.wheel.set(batch, this.#how.within)
    return batch
  }

  /** Nothing is timed but batches. */
  expired(): void {}

  batchExpired(batch: Batch): void {
    if (batch.isRunning) return this.#live.expired(batch)
    batch.isDue = true
    this.#handOver()
    this.#place.engine.dispatch()
  }

  /** A batch that is full, or has waited long enough, as soon as there is a slot for it. */
  #handOver(): void {
    const batch = this.#gathering
    if (batch === null || !(this.#isReady(batch) && this.#live.free > 0)) return
    this.#gathering = null
    this.#place.runtime.wheel.clear(batch)
    batch.isRunning = true
    this.#handedOver.add(batch)
    this.#live.start(batch, batch.open())
  }

  #isReady(batch: Batch): boolean {
    if (!batch.isDue && batch.size < this.#how.max) return false
    batch.dropLost()
    if (batch.size > 0) return batch.isDue || batch.size >= this.#how.max
    this.#place.runtime.wheel.clear(batch)
    this.#gathering = null
    return false
  }

  wake(): void {
    this.#handOver()
    this.#place.engine.dispatch()
  }

  stopped(): void {
    const batch = this.#gathering
    if (batch === null) return
    this.#gathering = null
    this.#place.runtime.wheel.clear(batch)
    this.release(batch)
  }

  killed(error: MqError): void {
    this.#live.killed(error)
  }

  // --- settling

  sends(batch: Batch): Promise<void> | null {
    return sendsOf(batch.open())
  }

  returned(batch: Batch): void {
    this.#handedOver.delete(batch)
    for (const delivery of batch.all) {
      const failure = delivery.sends === null ? null : delivery.sends.failure
      if (!isUndecided(delivery)) this.#place.engine.ended(delivery)
      else if (failure !== null) this.#fail(batch, delivery, failure)
      else this.#place.engine.acknowledge(delivery)
    }
  }

  /** What is unsettled has failed; of each key the first, and those behind it go back uncounted. */
  failed(batch: Batch, error: unknown): void {
    this.#handedOver.delete(batch)
    for (const delivery of batch.all) {
      if (isUndecided(delivery)) this.#fail(batch, delivery, error)
      else this.#place.engine.ended(delivery)
    }
  }

  #fail(batch: Batch, delivery: Delivery, error: unknown): void {
    // Dead letters block nobody: what can never succeed takes its followers with it.
    const isDead = isSteering(error) && error.steering === 'dead-letter'
    const followers = isDead ? [] : batch.followers(delivery)
    this.#place.engine.fail(delivery, error)
    this.#giveBack(followers, delivery)
  }

  /** A message of a batch was given back for later by its own verb: those behind it must not overtake it. */
  postponed(delivery: Delivery): void {
    for (const batch of this.#handedOver) this.#giveBack(batch.followers(delivery), delivery)
  }

  #giveBack(followers: readonly Delivery[], failed: Delivery): void {
    for (const delivery of followers) {
      delivery.abort(
        new MqError(
          'MQ_ALREADY_SETTLED',
          `message ${delivery.id} of "${delivery.source}" was given back, uncounted: message ${failed.id} of the same key failed before it`,
        ),
      )
      this.#place.engine.release(delivery)
    }
  }

  abort(batch: Batch, reason: MqError): void {
    for (const delivery of batch.open()) delivery.abort(reason)
  }

  release(batch: Batch): void {
    for (const delivery of batch.open()) this.#place.engine.release(delivery)
  }
}
