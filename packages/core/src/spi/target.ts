/**
 * A physical place on the broker. Core composes it; a driver declares, sends to and reads from it.
 * Physical properties come from here alone, never from retry, lease or timeout, so that those can change at any deploy.
 */
export interface Target {
  /** The physical name, composed and checked by core. */
  readonly address: string
  readonly kind: 'queue' | 'topic' | 'group'
  /**
   * `main`: what users send to and consume from. `inbox`: what reaches one group alone. `delay`: where messages wait.
   * `dead`: a dead-letter queue, which has no limit and no dead-letter queue of its own.
   */
  readonly role: 'main' | 'inbox' | 'delay' | 'dead'
  /** The name for people, such as `order-placed/payment`. */
  readonly name: string
  /** The topic's address, for a group; else undefined. */
  readonly of: string | undefined
  /** The address of its dead-letter queue; undefined where there is none. */
  readonly dead: string | undefined
  /** The priority level that this target carries, where lanes are used. */
  readonly level: string | undefined
  /** Levels that the broker itself shall serve, most urgent first; empty where there are none, or where core has a lane for each. */
  readonly levels: readonly string[]
  /** How the broker serves them. */
  readonly policy: 'weighted' | 'strict'
  /** Part `index` of `of` parts, where an ordered source is split, or step `index` of the broker's delay tiers. */
  readonly shard: { readonly index: number; readonly of: number } | undefined
  /** How many parts an ordered source has where the broker needs them; 0: not ordered. */
  readonly shards: number
  /** One holder in the world: the next one gets nothing while another still holds something. */
  readonly exclusive: boolean
  /**
   * FIFO and exclusion per key (and level) are asked of the broker; where it is `exclusive` too, FIFO is enough. A dead-letter
   * queue carries the mark of its source and is a plain queue all the same.
   */
  readonly ordered: boolean
  /** `temporary` is kept for later. */
  readonly lifetime: 'durable' | 'temporary'
  /** Milliseconds; 0: no deduplication. */
  readonly dedupeWindow: number
  /** Milliseconds; 0: no delays. */
  readonly maxDelay: number
  /** Milliseconds. */
  readonly retention: number
  /** Where a group starts when `ensure` creates it. */
  readonly from: 'now' | 'oldest'
  /** What cannot change under running consumers, as text; '' where nothing is fixed. */
  readonly fingerprint: string
  /** The definition's physical options for this adapter. */
  readonly native: unknown
}
