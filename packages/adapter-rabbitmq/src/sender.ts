import { Buffer } from 'node:buffer'
import type { ChannelModel, ConfirmChannel } from 'amqplib'
import type { BatchResult, Failure, Outgoing, Target } from '@anymq/core/driver'
import { failureOf, REFUSED } from './failure.ts'
import { publishOptions } from './properties.ts'
import { routeTo } from './topology.ts'

type Failed = { readonly index: number; readonly failure: Failure }

/** Publishes to one target with confirms and `mandatory`, on a channel of its own: a refusal closes the channel and fails all that is in flight on it. */
export class Sender {
  readonly #model: ChannelModel
  readonly #target: Target
  #channel: Promise<ConfirmChannel> | null = null
  #whyClosed: unknown = null
  /** How often an id came back. A return precedes the confirm of its message. */
  readonly #returned = new Map<string, number>()

  constructor(model: ChannelModel, target: Target) {
    this.#model = model
    this.#target = target
  }

  async send(batch: readonly Outgoing[]): Promise<BatchResult> {
    const channel = await (this.#channel ??= this.#open().catch((error: unknown) => this.#notOpened(error)))
    const failed: Failed[] = []
    const unroutable: number[] = []
    let open = batch.length
    await new Promise<void>((resolve) => {
      batch.forEach((message, index) =>
        this.#publish(channel, message, (failure) => {
          if (failure !== undefined) failed.push({ index, failure })
          else if (this.#cameBack(message)) unroutable.push(index)
          if (--open === 0) resolve()
        }),
      )
    })
    return { ...(failed.length > 0 && { failed }), ...(unroutable.length > 0 && { unroutable }) }
  }

  #publish(channel: ConfirmChannel, message: Outgoing, done: (failure: Failure | undefined) => void): void {
    const { exchange, key } = routeTo(this.#target, message.headers['anymq-type'])
    const { buffer, byteOffset, length } = message.body
    const answered = (error: Error | null): void => done(error === null ? undefined : this.#failure(error))
    try {
      channel.publish(exchange, key, Buffer.from(buffer, byteOffset, length), publishOptions(message), answered)
    } catch (error) {
      done({ ...failureOf(error), outcome: 'not-sent' })
    }
  }

  /** amqplib tells the two cases apart by text alone. */
  #failure(error: Error): Failure {
    if (error.message === 'message nacked') return REFUSED
    // Another one may be the cause: of those in flight some may have arrived.
    return { ...failureOf(this.#whyClosed ?? error), outcome: 'unknown' }
  }

  /** The next send tries again. */
  #notOpened(error: unknown): never {
    this.#channel = null
    throw error
  }

  #cameBack({ id }: Outgoing): boolean {
    if (this.#returned.size === 0) return false
    const times = this.#returned.get(id) ?? 0
    if (times > 1) this.#returned.set(id, times - 1)
    else this.#returned.delete(id)
    return times > 0
  }

  async #open(): Promise<ConfirmChannel> {
    this.#whyClosed = null
    const channel = await this.#model.createConfirmChannel()
    channel.on('return', ({ properties }) => {
      const id = String(properties.messageId)
      this.#returned.set(id, (this.#returned.get(id) ?? 0) + 1)
    })
    channel.on('error', (error) => (this.#whyClosed = error))
    channel.on('close', () => (this.#channel = null))
    return channel
  }
}
