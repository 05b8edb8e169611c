import type { MqError } from '../errors.ts'
import type { ResolvedConsumer } from './resolved-consumer.ts'
import type { Delivery } from './delivery.ts'
import type { Outbox } from './pending-sends.ts'

/** Who has a delivery in hand. */
export interface Holder {
  readonly options: ResolvedConsumer
  /** True for a user who pulled: no handler runs, and it takes no room in the window. */
  readonly inHand: boolean
  /** Where `message.send` goes. */
  readonly outbox: Outbox
  /** The time that was set for the delivery is over. */
  expired(delivery: Delivery): void
  /** The delivery was settled or lost: for a holder that keeps account. */
  left?(delivery: Delivery): void
  /** The user gave it back for later by a verb, and it comes again. */
  postponed?(delivery: Delivery): void
}

/** Who takes deliveries from the engine: a subscription, or a pull that waits. */
export interface Taker extends Holder {
  /** Most deliveries that shall be leased for it at once. */
  readonly window: number
  /** How many it can take now. */
  readonly free: number
  /** Whether a message may join the earlier ones of its key that this taker holds: those that no handler has seen yet. Without it none may. */
  canFollow?(delivery: Delivery): boolean
  take(delivery: Delivery): void
  /** The feed cannot be opened and never will. */
  killed(error: MqError): void
}
