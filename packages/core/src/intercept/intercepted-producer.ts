import type { Duration } from '../duration.ts'
import { MqError, SendError, toMqError, type FailedItem } from '../errors.ts'
import type { Runtime } from '../runtime.ts'
import type { Producer, SendBatchOptions, SendItem, SendOptions } from '../send/options.ts'
import { idOf, refuseBadBatch } from '../send/check-batch.ts'
import { sayFailed } from '../send/tickets.ts'
import { composed } from './compose.ts'
import type { Send } from './interceptor.ts'

/** The producer with the interceptors of its broker object around it; itself where none has a `send`. */
export function interceptedProducer(runtime: Runtime, destination: string, open: () => Producer): Producer {
  if (!runtime.interceptors.some(({ send }) => send !== undefined)) return open()
  return new InterceptedProducer(runtime, destination, open)
}

class InterceptedProducer implements Producer {
  readonly destination: string
  readonly #runtime: Runtime
  readonly #send: Send
  readonly #producer: Producer

  constructor(runtime: Runtime, destination: string, open: () => Producer) {
    this.destination = destination
    this.#runtime = runtime
    // Before there is a producer: a hook that is refused leaves none behind.
    this.#send = composed(runtime.interceptors, 'send', destination, (body, options) =>
      this.#producer.send(body, options),
    )
    this.#producer = open()
  }

  send(body: unknown, options?: SendOptions): Promise<string> {
    const sent = this.#guarded(body, options)
    // A caller that never looks at the promise must not bring the process down; the event `send-failed` tells.
    sent.catch(ignore)
    return sent
  }

  async #guarded(body: unknown, options: SendOptions | undefined): Promise<string> {
    try {
      return await this.#send(body, options)
    } catch (error) {
      // What the producer rejects with it has told.
      throw MqError.is(error) ? error : this.#told(toMqError(error, 'MQ_INVALID'))
    }
  }

  #told(refusal: MqError): MqError {
    sayFailed(this.#runtime, this.destination, '', refusal)
    return refusal
  }

  /** Every item on its own: the batcher brings them together again. */
  sendBatch(items: readonly SendItem<unknown>[], options: SendBatchOptions = {}): Promise<string[]> {
    const sent = this.#sendEach(items, options)
    sent.catch(ignore)
    return sent
  }

  async #sendEach(items: readonly SendItem<unknown>[], options: SendBatchOptions): Promise<string[]> {
    try {
      refuseBadBatch(items, options, this.destination)
    } catch (error) {
      throw this.#told(toMqError(error, 'MQ_INVALID'))
    }
    const results = await Promise.allSettled(items.map((item) => this.#sendItem(item, options)))
    const failed = results.flatMap((result, index) =>
      result.status === 'fulfilled' ? [] : [failedItem(result.reason, items[index], index)],
    )
    const ids = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
    if (failed.length > 0) throw new SendError(ids, failed, this.destination)
    return ids
  }

  async #sendItem({ body, ...own }: SendItem<unknown>, options: SendBatchOptions): Promise<string> {
    return this.#guarded(body, { ...own, ...options })
  }

  close(options?: { readonly timeout?: Duration }): Promise<void> {
    return this.#producer.close(options)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

function failedItem(reason: unknown, item: unknown, index: number): FailedItem {
  const error = toMqError(reason, 'MQ_INVALID')
  const [own] = MqError.is(error, 'MQ_SEND') ? error.failed : []
  if (own === undefined) return { index, id: idOf(item), outcome: 'not-sent', error }
  return { ...own, index }
}

function ignore(): void {
  // The caller has the same promise.
}
