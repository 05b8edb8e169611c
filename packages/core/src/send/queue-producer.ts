import type { Queue, Topic } from '../definition/definition.ts'
import type { Duration } from '../duration.ts'
import { MqError, toMqError } from '../errors.ts'
import { bounded } from '../mechanism/bounded.ts'
import type { Runtime } from '../runtime.ts'
import { closeTimeout } from '../close-timeout.ts'
import type { Batcher } from './batcher.ts'
import { idOf, refuseBadBatch } from './check-batch.ts'
import type { Producer, SendBatchOptions, SendItem, SendOptions } from './options.ts'
import type { OutgoingMessage } from './outgoing-message.ts'
import type { Preparation } from './prepare.ts'
import { BatchTicket, sayFailed, SingleTicket } from './tickets.ts'

const NO_OPTIONS: SendBatchOptions = Object.freeze({})

/** The producer of one destination: prepares messages and hands them to the batcher. */
export class QueueProducer implements Producer {
  readonly destination: string
  readonly #runtime: Runtime
  readonly #preparation: Preparation
  readonly #batcher: Batcher
  readonly #hooks: { readonly closing: () => void; readonly closed: () => void }
  #closing: Promise<void> | null = null

  constructor(
    runtime: Runtime,
    to: Queue | Topic,
    preparation: Preparation,
    batcher: Batcher,
    hooks: { readonly closing: () => void; readonly closed: () => void },
  ) {
    this.destination = to.name
    this.#runtime = runtime
    this.#preparation = preparation
    this.#batcher = batcher
    this.#hooks = hooks
  }

  send(body: unknown, options?: SendOptions): Promise<string> {
    const ticket = new SingleTicket(this.#runtime, this.destination)
    let message: OutgoingMessage
    let signal: AbortSignal | undefined
    try {
      this.#refuseClosed()
      message = this.#preparation.message(body, options, ticket, 0, this.#preparation.begin(options?.timeout))
      signal = options?.signal
      signal?.throwIfAborted()
    } catch (error) {
      return this.#rejected(error, signal)
    }
    ticket.message = message
    // A caller that never looks at the promise must not bring the process down; the event `send-failed` tells.
    ticket.promise.catch(ignore)
    if (signal !== undefined) ticket.onSettled = onAbort(signal, () => this.#batcher.abandon(message))
    this.#batcher.add(message)
    this.#batcher.go()
    return ticket.promise
  }

  sendBatch(items: readonly SendItem<unknown>[], options: SendBatchOptions = NO_OPTIONS): Promise<string[]> {
    let signal: AbortSignal | undefined
    try {
      this.#refuseClosed()
      refuseBadBatch(items, options, this.destination)
      signal = options.signal
      signal?.throwIfAborted()
    } catch (error) {
      return this.#rejected(error, signal)
    }
    if (items.length === 0) return Promise.resolve([])
    const ticket = new BatchTicket(this.#runtime, this.destination, items.length)
    ticket.promise.catch(ignore)
    this.#addItems(items, options, ticket)
    return ticket.promise
  }

  #addItems(items: readonly SendItem<unknown>[], options: SendBatchOptions, ticket: BatchTicket): void {
    const deadline = this.#preparation.begin(options.timeout)
    const messages: OutgoingMessage[] = []
    if (options.signal !== undefined) {
      ticket.onSettled = onAbort(options.signal, () => {
        for (const message of messages) this.#batcher.abandon(message)
      })
    }
    for (let index = 0; index < items.length; index++) {
      const item = items[index]!
      try {
        const message = this.#preparation.message(item.body, item, ticket, index, deadline, 'body')
        ticket.name(index, message.id)
        messages.push(message)
        this.#batcher.add(message)
      } catch (error) {
        ticket.name(index, idOf(item))
        ticket.failed(index, toMqError(error, 'MQ_INVALID'), 'not-sent')
      }
    }
    this.#batcher.go()
  }

  async close(options?: { readonly timeout?: Duration }): Promise<void> {
    const timeout = closeTimeout(options)
    this.#closing ??= this.#close(timeout)
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(timeout: number): Promise<void> {
    this.#hooks.closing()
    await bounded(this.#batcher.drain(), this.#runtime.clock, timeout)
    this.#batcher.stop(
      new MqError('MQ_CLOSED', `the producer of "${this.destination}" was closed before the broker had the message`),
    )
    this.#hooks.closed()
  }

  #refuseClosed(): void {
    if (this.#closing !== null)
      throw new MqError('MQ_CLOSED', `the producer of "${this.destination}" is closed`, {
        destination: this.destination,
      })
  }

  #rejected(error: unknown, signal: AbortSignal | undefined): Promise<never> {
    const aborted = signal instanceof AbortSignal && signal.aborted && error === signal.reason
    const refusal = aborted
      ? new MqError('MQ_ABORTED', `the signal aborted the send to "${this.destination}"; nothing was sent`, {
          cause: error,
        })
      : toMqError(error, 'MQ_INVALID')
    sayFailed(this.#runtime, this.destination, '', refusal)
    const rejected = Promise.reject<never>(refusal)
    rejected.catch(ignore)
    return rejected
  }
}

function onAbort(signal: AbortSignal, abort: () => void): () => void {
  signal.addEventListener('abort', abort, { once: true })
  return () => signal.removeEventListener('abort', abort)
}

function ignore(): void {
  // The caller has the same promise.
}
