import type { Message } from '../message.ts'
import type { SendOptions } from '../send/options.ts'

/** Sends one message. What an interceptor calls, and what it returns. */
export type Send = (body: unknown, options: SendOptions | undefined) => Promise<string>
/** Handles one message. */
export type Process = (message: Message) => unknown
/** Handles one batch. */
export type ProcessBatch = (messages: readonly Message[]) => unknown

/**
 * Something to do around every send and every handler: `createBroker(…, { interceptors })`. The first of the list is the outermost.
 * Each hook is called once per producer or subscription, with the function to call next and the name of the destination or
 * source, and returns the function that is called instead; `(next) => next` leaves it alone.
 */
export interface Interceptor {
  /** For errors; different from all others. */
  readonly name: string
  /**
   * Around `send`, each item of `sendBatch`, `broker.send` and `message.send`, before anything is validated: it may change body and
   * options. Call `next` before the first `await`, or messages of one key may overtake each other.
   */
  readonly send?: (next: Send, destination: string) => Send
  /** Around the handler of `subscribe` and `handle`. It may settle the message and not call `next`; what it returns or throws counts as the handler's. */
  readonly process?: (next: Process, source: string) => Process
  /** The same for `subscribeBatch` and `handleBatch`, once per batch. Messages that are pulled are not processed here. */
  readonly processBatch?: (next: ProcessBatch, source: string) => ProcessBatch
}
