import type { ConsumePolicy } from '../definition/spec.ts'
import type { Duration } from '../duration.ts'
import type { BatchHandler, Handler, Message } from '../message.ts'

/** Overrides for one consumer of a source. */
export interface ConsumerOptions extends ConsumePolicy {
  /** What happens to a body that the codec or the schema refuses. `'retry'`: for deploys where a new schema may arrive late. Default `'dead-letter'`. */
  readonly onInvalid?: 'dead-letter' | 'retry'
}

/** Overrides for one subscription. */
export interface SubscribeOptions {
  /** Handlers at once. Default: the consumer's. */
  readonly concurrency?: number
  /** The longest run of a handler. Default: the consumer's. */
  readonly timeout?: Duration
  /** At most `max` handler starts in any `per`, in this process. Default: as many as `concurrency` allows. */
  readonly rate?: { readonly max: number; readonly per: Duration }
}

/** How `receive` pulls. */
export interface ReceiveOptions {
  /** Most messages. Default 1. */
  readonly max?: number
  /** How long to wait for the first one. Default `'20s'`. */
  readonly wait?: Duration
  /** How long the library keeps the lease of an unsettled message; then it counts as failed. Default: the handler timeout. */
  readonly hold?: Duration
  /** Gives up waiting; nothing is lost. Default: none. */
  readonly signal?: AbortSignal
}

/** How `messages` iterates. */
export interface MessagesOptions {
  /** Ends the loop with MQ_ABORTED; nothing is lost. Default: none. */
  readonly signal?: AbortSignal
}

/** How `subscribeBatch` gathers. */
export interface SubscribeBatchOptions {
  /** Most messages of a batch, 1 to 100,000. Needed. */
  readonly max: number
  /** A batch is handed over this long after its first message, full or not, to within 10 ms. While all handlers are busy it goes on gathering. Needed. */
  readonly within: Duration
  /** Batches at once. Default 1. */
  readonly concurrency?: number
  /** The longest run of a handler. Default: the consumer's. */
  readonly timeout?: Duration
  /** At most `max` batches started in any `per`, in this process. Default: as many as `concurrency` allows. */
  readonly rate?: { readonly max: number; readonly per: Duration }
}

/** A handler at work. */
export interface Subscription extends AsyncDisposable {
  /** Resolves when it consumes, or stands by where one holder at a time is the rule. */
  readonly ready: Promise<void>
  /** Resolves when it has ended; rejects with what killed it. */
  readonly done: Promise<void>
  /** Handlers that run now. */
  readonly running: number
  /**
   * Start no further handler; what was not started is given back. `for`: resumes by itself after that time; default: at `resume`.
   * The last call of `pause` and `resume` counts.
   */
  pause(options?: { readonly for?: Duration }): void
  resume(): void
  /**
   * Stop intake, let running handlers finish, settle, give back the rest at once. Idempotent. `timeout` default `'30s'`: then the
   * signals of the handlers that still run abort and their messages are released. Inside a handler: do not await it, for it waits for that handler.
   */
  close(options?: { readonly timeout?: Duration }): Promise<void>
}

/** Consumes from one source. Portable: nothing in it depends on the broker. */
export interface Consumer<Body = unknown> extends AsyncDisposable {
  /** The name of the source. */
  readonly source: string
  /** Push: the handler runs for each message, at most `concurrency` at once. */
  subscribe(handler: Handler<Body>, options?: SubscribeOptions): Subscription
  /** Push in batches of 1 to `max` messages. On an ordered source a batch holds a run of each key, in order. */
  subscribeBatch(handler: BatchHandler<Body>, options: SubscribeBatchOptions): Subscription
  /** Pull: 0 to `max` leased messages as soon as there is at least one, and none after `wait`. */
  receive(options?: ReceiveOptions): Promise<Message<Body>[]>
  /**
   * Iterate: `for await (const message of consumer.messages())`. Settle each message yourself; it is held for the consumer's `timeout`,
   * as a pulled one is. At most `concurrency` are fetched ahead, and given back when the loop is left. The message in hand, if it is
   * not settled then, keeps its lease until that ends and has failed: a throw looks the same as a break. When the signal aborts, the
   * loop rejects with MQ_ABORTED, as `events.on` does with an AbortError; when the consumer closes, it ends.
   */
  messages(options?: MessagesOptions): AsyncIterable<Message<Body>>
  /** Close its subscriptions and end its pulls; what was pulled and not settled is released. Idempotent. `timeout` default `'30s'`. */
  close(options?: { readonly timeout?: Duration }): Promise<void>
}
