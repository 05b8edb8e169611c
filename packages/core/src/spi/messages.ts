import type { MqErrorCode, SendOutcome } from '../errors.ts'
import type { Target } from './target.ts'

/** Wire headers: text by lower-case name. Never changed once made, so they may be shared. */
export type Headers = Readonly<Record<string, string>>

/** A message on its way to the broker. Its body is a snapshot that nobody changes. */
export interface Outgoing {
  readonly id: string
  readonly body: Uint8Array
  /** All wire headers, the library's own included. */
  readonly headers: Headers
  readonly key: string | undefined
  readonly level: string | undefined
  readonly shard: number | undefined
  /** Wall time in milliseconds before which it must not be delivered; 0: at once. */
  readonly notBefore: number
  /** Drop what has been accepted with the same id within the target's window; undefined: never. */
  readonly dedupeId: string | undefined
  /** False: do not wait for the broker. */
  readonly confirm: boolean
  readonly native: unknown
}

/** A message from the broker, under lease. */
export interface Incoming<R> {
  /** The driver's handle on this one delivery. */
  readonly receipt: R
  readonly id: string
  /** Where the id came from: the sender, the broker, or made up for this delivery. */
  readonly idSource: 'producer' | 'broker' | 'delivery'
  /** A view of the client's buffer; null for a tombstone. */
  readonly body: Uint8Array | null
  readonly headers: Headers
  readonly key: string | undefined
  readonly level: string | undefined
  /** Failures so far, as the last failed release or hold left them; 0 where there were none or the broker keeps none. */
  readonly attempt: number
  /** What the last failed release or hold left; else ''. */
  readonly note: string
  /** The broker's own count of deliveries, this one included; 0: none is kept. */
  readonly deliveries: number
  /** Wall time of the send in milliseconds, by the broker's clock where it has one. */
  readonly sentAt: number
  /** Wall time at the broker when it was delivered; 0: unknown. */
  readonly brokerTime: number
  /**
   * Monotonic time at which the lease ends unless extended, never later than at the broker: what a poll brings is older than
   * its answer. 0: not timed; then the driver itself must notice that it has lost touch, and revoke.
   */
  readonly leaseUntil: number
  readonly native: unknown
}

/** What shall become of one delivery. */
export type Settlement<R> = { readonly receipt: R } & SettleAction

export type SettleAction =
  | { readonly action: 'ack' }
  /**
   * Give back; it comes again after `delay` milliseconds, here if nobody else may hold it.
   * `failed`: where the manifest says `countsFailures`, keep `attempt` (failures so far) and `note` (at most 256 bytes) and hand them back.
   */
  | {
      readonly action: 'release'
      readonly delay: number
      readonly failed: boolean
      readonly attempt: number
      readonly note: string
    }
  /** The lease ends `lease` milliseconds from now. */
  | { readonly action: 'extend'; readonly lease: number }
  /** Advice: an ordered head waits in process; remember both if you can. */
  | { readonly action: 'hold'; readonly attempt: number; readonly note: string }
  /** Settle here and send there in one step. Only where the manifest says `atomicMove`. */
  | { readonly action: 'move'; readonly to: Target; readonly message: Outgoing }

/** A native error in portable words. */
export interface Failure {
  readonly code: MqErrorCode
  /** Whether the same call may succeed later. */
  readonly retryable: boolean
  /** For a send: whether the broker may have the message all the same. */
  readonly outcome: SendOutcome
  /** For people; no credentials. */
  readonly message: string
  readonly cause?: unknown
}

/** Items of a batch that need a word; those not listed succeeded. */
export interface BatchResult {
  readonly failed?: readonly { readonly index: number; readonly failure: Failure }[]
  /** Reached no queue. For a topic: it has no group. */
  readonly unroutable?: readonly number[]
  /** Dropped as repeats, where the broker tells. */
  readonly duplicates?: readonly number[]
}

/** Undefined where the broker does not tell. */
export interface Stats {
  readonly ready: number | undefined
  readonly leased: number | undefined
  readonly delayed: number | undefined
  /** Wall time in milliseconds at which the oldest ready message was sent. */
  readonly oldest: number | undefined
}
