import type { CheckBodies } from '../codec/round-trip.ts'
import type { Duration } from '../duration.ts'
import type { Message } from '../message.ts'
import type { Headers } from '../spi/messages.ts'

/** How one message is sent. */
export interface SendOptions<Level extends string = string> {
  /** 1 to 128 printable ASCII characters. Makes a repeat after `unknown` recognisable. Default: a new UUID of version 7. */
  readonly id?: string
  /** 1 to 256 bytes of UTF-8. Default: what the definition's `ordering.key` returns, else none. */
  readonly key?: string
  /** 1 to 64 characters of `a-z A-Z 0-9 . - _`. Default: none. */
  readonly type?: string
  /** At most 32, names `a-z 0-9 -`, values up to 1 KiB, 8 KiB in all. Default: none. */
  readonly headers?: Headers
  /** One of the definition's levels. Default: the definition's default. */
  readonly priority?: Level
  /** Not before this long from now. Needs `delay` in the definition. Default: at once. */
  readonly delay?: Duration
  /** Not before this time. Needs `delay` in the definition. Default: at once. */
  readonly at?: Date
  /** Accepted and dropped when seen within the window. Needs `dedupe` in the definition. Default: none. */
  readonly dedupeId?: string
  /** The message that causes this one: correlation, causation and trace are taken from it. Default: none. */
  readonly causedBy?: Message
  /** Gives up waiting. Default: none. */
  readonly signal?: AbortSignal
  /** How long to go on trying. Default `'10s'`. */
  readonly timeout?: Duration
}

/** One item of `sendBatch`. */
export interface SendItem<Body, Level extends string = string> extends Omit<SendOptions<Level>, 'signal' | 'timeout'> {
  readonly body: Body
}

/** What applies to a whole batch. */
export interface SendBatchOptions {
  /** Gives up waiting. Default: none. */
  readonly signal?: AbortSignal
  /** How long to go on trying. Default `'10s'`. */
  readonly timeout?: Duration
}

/** How a producer works. */
export interface ProducerOptions {
  /** Compare bodies with what would arrive: the first 100, always or never. Default `'first'`. */
  readonly checkBodies?: CheckBodies
  /** What may wait in the producer; beyond it `send` waits. Default 10,000 messages and 64 MiB. */
  readonly buffer?: { readonly messages?: number; readonly bytes?: number }
  /** How long a send goes on trying. Default `'10s'`. */
  readonly timeout?: Duration
  /** False: resolve without waiting for the broker. Refused where the broker has no such thing. Default true. */
  readonly confirm?: boolean
}

/** Sends to one destination. Portable: nothing in it depends on the broker. */
export interface Producer<Body = unknown, Level extends string = string> extends AsyncDisposable {
  /** The name of the destination. */
  readonly destination: string
  /**
   * Resolves with the message id when the broker has taken responsibility.
   *
   * @throws MQ_INVALID the body, a header or an option is not allowed; nothing was sent
   * @throws MQ_TOO_LARGE the encoded body is over the limit; nothing was sent
   * @throws MQ_SEND with `outcome` `not-sent` or `unknown`
   * @throws MQ_ABORTED when the signal had aborted before the call; later it is MQ_SEND with MQ_ABORTED as its cause
   * @throws MQ_CLOSED after close
   */
  send(body: Body, options?: SendOptions<Level>): Promise<string>
  /**
   * Resolves with the ids, in order, when all were taken; an empty batch is a no-op.
   *
   * @throws MQ_SEND with `sent` and `failed`; an item that is not allowed fails alone
   */
  sendBatch(items: readonly SendItem<Body, Level>[], options?: SendBatchOptions): Promise<string[]>
  /** Flush what was accepted, or fail it loudly by the deadline. Idempotent. `timeout` default `'30s'`. */
  close(options?: { readonly timeout?: Duration }): Promise<void>
}
