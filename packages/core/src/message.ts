import type { Duration } from './duration.ts'
import type { Queue, Topic } from './definition/definition.ts'
import type { SendOptions } from './send/options.ts'
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
  /**
   * Send because of this message: correlation, causation and trace are copied, and the message is not acknowledged before the
   * broker has what was sent. If a send fails, so has the handler, and the retry policy sees the send's error, whatever the handler
   * makes of it; only `retry`, `deadLetter` and `defer` win. Not atomic with the ack: a crash between can repeat the send, with the
   * same id when you give one. Rejects as `producer.send` does.
   *
   * @throws MQ_CONFIG if the destination is not listed
   */
  send<In, Level extends string>(
    to: Queue<In, unknown, Level> | Topic<In, unknown, string, Level>,
    body: NoInfer<In>,
    options?: Omit<SendOptions<NoInfer<Level>>, 'causedBy'>,
  ): Promise<string>
}

/** Handles one message. Return: ack. Throw: the retry policy, or what a DeadLetter, RetryAfter or Defer says. A verb called before wins over both. */
export type Handler<Body> = (message: Message<Body>) => unknown

/**
 * Handles a batch. Return: acks what is unsettled. Throw: the retry policy, or what a DeadLetter, RetryAfter or Defer says, for
 * what is unsettled. Each message's own verbs win over both.
 * On an ordered source, what comes after a failed message of its key is given back, uncounted: its signal aborts, and its verbs reject.
 */
export type BatchHandler<Body> = (messages: readonly Message<Body>[]) => unknown
