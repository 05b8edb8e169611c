import type { Duration } from './duration.ts'
import type { Headers } from './spi/messages.ts'

/**
 * One delivery of a message, under lease. An interface, so that a fake needs no cast.
 * The first settlement wins; every later one rejects with MQ_ALREADY_SETTLED and changes nothing.
 * After the lease is lost every settlement rejects with MQ_LEASE_LOST.
 */
export interface Message<Body = unknown> {
  /** Stays the same through retry, delay, group copy, dead letter and redrive. */
  readonly id: string
  /** Where the id came from: the sender, the broker, or made up for this delivery (foreign messages). */
  readonly idSource: 'producer' | 'broker' | 'delivery'
  /** What the sender said it is; undefined if nothing. */
  readonly type: string | undefined
  readonly body: Body
  /** The sender's headers, without the library's own. */
  readonly headers: Headers
  /** The ordering key; undefined if none. */
  readonly key: string | undefined
  /** The name of its level; undefined where the destination has none. */
  readonly priority: string | undefined
  /** 1 + the failures that the library has seen for this message. Crashes and releases do not count. */
  readonly attempt: number
  /** How often it came back from a dead-letter queue. */
  readonly redriven: number
  /** When it was sent. */
  readonly sentAt: Date
  /** The source it came from, such as `orders` or `order-placed/payment`. */
  readonly source: string
  /** Aborts when the lease is lost, the handler's time runs out, or a close runs out of time. Made on first use. */
  readonly signal: AbortSignal
  /** The broker client's own message. */
  readonly native: unknown
  /** Done. Resolves when the broker has taken it as the manifest states (`ack`). */
  ack(): Promise<void>
  /** Failed; counts as an attempt. `after`: wait this long instead of the backoff. Default: the backoff. */
  retry(options?: { readonly after?: Duration }): Promise<void>
  /** Dead-letter at once, with reason `rejected` and `why` as the error. Default `'rejected by the handler'`. */
  deadLetter(why?: string): Promise<void>
  /** Give back for later; nothing is counted. */
  defer(after: Duration): Promise<void>
  /** Keep the lease for at least this long from now. For pulled messages; the library does it while a handler runs. */
  extend(by: Duration): Promise<void>
}

/** Handles one message. Return: ack. Throw: the retry policy, or what a DeadLetter, RetryAfter or Defer says. A verb called before wins over both. */
export type Handler<Body> = (message: Message<Body>) => unknown
