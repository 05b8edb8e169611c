import type { Codec } from '../codec/codec.ts'
import type { Duration } from '../duration.ts'
import type { Backoff } from '../policy/backoff.ts'
import type { Carries } from './json-safe.ts'
import type { AnySchema, WireOf } from './schema.ts'

/** When a handler has failed. */
export interface RetryPolicy {
  /** Failed handler runs before the message is dead-lettered, the first run included. Default 10. */
  readonly attempts?: number
  /** The wait before each further run. Default `exponential('1s', '5m')`. */
  readonly backoff?: Backoff
  /** False: dead-letter at once. Sees the error and the attempt that failed. Default: every error is retried. */
  readonly when?: (error: unknown, attempt: number) => boolean
  /** Deliveries that ended with the death of the process before the message is dead-lettered as `crashed`. Default 100. */
  readonly crashes?: number
}

/** How a source is consumed. A default of the definition; a consumer may override it; free to change at any deploy. */
export interface ConsumePolicy {
  readonly retry?: RetryPolicy
  /** A dead-letter queue of its own, or `'drop'`: a message whose attempts are used up is lost, said out loud. Default true. */
  readonly deadLetter?: true | 'drop'
  /** How long the broker keeps a message for a consumer that says nothing more. The library extends it. Default `'30s'`. */
  readonly lease?: Duration
  /** The longest run of a handler. Default `'5m'`. */
  readonly timeout?: Duration
  /** Handlers at once. Default 10. */
  readonly concurrency?: number
}

/** How a group is consumed. */
export interface GroupPolicy extends ConsumePolicy {
  /** Where a new group starts: with the next message, or with what the broker still has. Default `'now'`. */
  readonly from?: 'now' | 'oldest'
}

/** Order per key. */
export interface Ordering<Body> {
  /** The ordering key of a body; undefined: no key, no order. A `key` given to `send` wins. */
  readonly key: (body: Body) => string | undefined
  /** Parallel parts, where the broker needs them. Default 8. */
  readonly shards?: number
  /** While a message waits for its retry its key waits too, or goes on without it. Default `'block'`. */
  readonly onFailure?: 'block' | 'skip'
  /** Must be said to combine ordering with priority: order then holds per key and level. */
  readonly withPriority?: 'per-level'
}

/** Named levels of urgency. */
export interface Priority<Level extends string> {
  /** 2 to 10 names, most urgent first. */
  readonly levels: readonly Level[]
  /** The level of a message that names none. */
  readonly default: NoInfer<Level>
  /** `weighted`: low levels keep a share. `strict`: they may starve. Default `'weighted'`. */
  readonly policy?: 'weighted' | 'strict'
}

/** Guarantees that must not be emulated or weaker. */
export interface Requirements {
  readonly ordering?: 'native'
  readonly durability?: 'disk'
}

/** What a queue and a topic have in common. */
export interface DestinationSpec<S extends AnySchema, L extends string, C extends Codec> {
  /** Checks bodies on the way in and out. Default: none. */
  readonly schema?: S & Carries<C, WireOf<S>>
  /** Default `json`. */
  readonly codec?: C
  /** Order per key. Default: none. */
  readonly ordering?: Ordering<WireOf<NoInfer<S>>>
  /** Urgency. Default: none. */
  readonly priority?: Priority<L>
  /** Allows `delay` and `at` on `send`, up to `max`. Default: none. */
  readonly delay?: { readonly max: Duration }
  /** The same `dedupeId` within the window is accepted and dropped. Default: none. */
  readonly dedupe?: { readonly window: Duration }
  /** An older message is not handled but dead-lettered as `expired`. Measured from the send. Default: none. */
  readonly ttl?: Duration
  /** How long the broker keeps what nobody consumes, only where it must have a limit. Default `'14d'`. */
  readonly retention?: Duration
  /** The largest body in bytes. Default 262,144 (256 KiB). */
  readonly maxBody?: number
  /** Refuse an emulation or a weaker guarantee. Default: none. */
  readonly require?: Requirements
  /** Physical options per adapter; other adapters ignore them. Default: none. */
  readonly native?: Readonly<Record<string, unknown>>
}

/** What `queue(name, spec)` takes. */
export interface QueueSpec<S extends AnySchema, L extends string, C extends Codec>
  extends DestinationSpec<S, L, C>, ConsumePolicy {}

/** What `topic(name, spec)` takes. */
export interface TopicSpec<
  S extends AnySchema,
  L extends string,
  C extends Codec,
  G extends string,
> extends DestinationSpec<S, L, C> {
  /** Groups that must not miss a message from the first send on. Default: none. */
  readonly groups?: readonly G[]
}
