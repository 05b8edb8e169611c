/** How a capability is kept. `emulated`: by core's one engine, at a cost that the manifest states. */
export type Level = 'native' | 'emulated' | 'unsupported'

/** What a definition can ask for. */
export interface Capabilities {
  /** FIFO and exclusion per key. */
  readonly ordering: Level
  /** Named levels of urgency. */
  readonly priority: Level
  /** `delay` and `at` on `send`. */
  readonly delay: Level
  /** The same `dedupeId` within a window is dropped. */
  readonly dedupe: Level
  /** Messages that grow too old are dead-lettered. */
  readonly ttl: Level
  /** Topics, each group with its own copy. */
  readonly groups: Level
}

/**
 * What one broker offers: data that feeds the compiler, the startup check, the docs table and the suite.
 * An adapter's `offers` is the floor that every supported broker version has; a connected driver's `manifest`
 * is what the probed version has. Sizes in bytes, durations in milliseconds.
 */
export interface Manifest {
  /** The adapter's short name, such as `memory`. */
  readonly adapter: string
  /** The broker's version as probed; '' before a connection. */
  readonly version: string
  readonly capabilities: Capabilities
  /** What a confirmed send survives. */
  readonly durability: 'replicated' | 'disk' | 'volatile'
  /** `stored`: an acknowledged message never comes back. `sent`: the acknowledgement was written to a live connection. */
  readonly ack: 'stored' | 'sent'
  /** How a message can be made to wait. `hop`: through waits of at most `maxHop`. `tiers`: through waits of these lengths. */
  readonly delay:
    | { readonly kind: 'native'; readonly max: number }
    | { readonly kind: 'hop'; readonly maxHop: number }
    | { readonly kind: 'tiers'; readonly steps: readonly number[] }
    | { readonly kind: 'none' }
  /** The latest that a delayed message may become available after its due time. */
  readonly delayTolerance: number
  /** Most native priority levels; 0 where there are none. */
  readonly levels: number
  /** `open`: a group may join at any time. `closed`: the topic's list is complete and required. */
  readonly groups: 'open' | 'closed'
  /** Whether a new group can start with what was sent before it. */
  readonly history: 'kept' | 'none'
  /** Limits of one `send` call of a driver. */
  readonly batch: { readonly count: number; readonly bytes: number }
  /** True where a broker may accept a later message of a batch and refuse an earlier one. */
  readonly partialBatch: boolean
  /** The largest body. */
  readonly maxBody: number
  /** Most messages that may be held unsettled per source. */
  readonly span: number
  /** The longest that one delivery can be held, leases renewed. */
  readonly maxHold: number
  /** The longest handler timeout that the broker allows. */
  readonly handlerTimeout: number
  /** True where an exclusive target can be handed to a preferred holder. */
  readonly balance: boolean
  /** True where a message can be settled and sent elsewhere in one step: the `move` action. */
  readonly atomicMove: boolean
  /** True where a failed, delayed release keeps `attempt` and `note`. */
  readonly countsFailures: boolean
  /** What the broker's own delivery count counts: deaths of a holder alone, more than that, or nothing. */
  readonly deliveries: 'exact' | 'inflated' | 'none'
  /** What becomes of the attempts of an ordered head that a process holds, when another takes over. */
  readonly heldAttempts: 'kept' | 'restarts'
  /** `rare`: the service itself may deliver twice, even after an ack. */
  readonly duplicates: 'none' | 'rare'
  /** What a browse of a dead-letter queue shows: all that is there, or what the broker shows. */
  readonly peek: 'all' | 'partial'
  /** Whether asking for `stats` costs money or noticeable load. */
  readonly stats: 'free' | 'paid'
  /** By how many milliseconds `stats` may be late; 0: it tells what is. */
  readonly statsLag: number
  /** The longest that the broker keeps what nobody consumes; Infinity where it has no limit. */
  readonly retention: number
  /** The longest physical name. */
  readonly nameLength: number
}
