import type { ConsumePolicy } from '../definition/spec.ts'
import type { Duration } from '../duration.ts'
import type { Handler, Message } from '../message.ts'

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

/** How `subscribeBatch` gathers. */
export interface SubscribeBatchOptions extends SubscribeOptions {
  readonly max: number
  readonly within: Duration
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
  /** Push in batches. Not built in this version: throws MQ_UNSUPPORTED. */
  subscribeBatch(handler: (messages: readonly Message<Body>[]) => unknown, options: SubscribeBatchOptions): Subscription
  /** Pull: 0 to `max` leased messages as soon as there is at least one, and none after `wait`. */
  receive(options?: ReceiveOptions): Promise<Message<Body>[]>
  /** Iterate. Not built in this version: throws MQ_UNSUPPORTED. */
  messages(options?: { readonly signal?: AbortSignal }): AsyncIterable<Message<Body>>
  /** Close its subscriptions and end its pulls; what was pulled and not settled is released. Idempotent. `timeout` default `'30s'`. */
  close(options?: { readonly timeout?: Duration }): Promise<void>
}
