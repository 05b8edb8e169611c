import type { Channel, ConsumeMessage, GetMessage } from 'amqplib'
import type { BatchResult, Clock, Failure, Feed, IdSource, Settlement, Sink } from '@anymq/core/driver'
import { LOST } from './failure.ts'
import { incomingOf } from './incoming.ts'
import { Tags } from './tags.ts'

/** One delivery on one channel: what the channel brought dies with it. */
export interface Receipt {
  readonly message: ConsumeMessage
  readonly feed: RabbitmqFeed
}

/** Milliseconds. Others may take what came back, so that it is never counted. */
const LONGEST_LOOK = 1000

/** One consumer on a channel of its own. The window is its prefetch, so the broker pushes no more than that. */
export class RabbitmqFeed implements Feed<Receipt> {
  readonly #channel: Channel
  readonly #queue: string
  readonly #sink: Sink<Receipt>
  readonly #clock: Clock
  readonly #ids: IdSource
  readonly #tags = new Tags()
  #consumerTag: string | null = null
  #last: ConsumeMessage | null = null
  /** One change at a time: a stop ends the consumer that a resize before it is about to start. */
  #changing: Promise<void> = Promise.resolve()
  #isOpen = true
  #alive: number

  constructor(
    channel: Channel,
    queue: string,
    sink: Sink<Receipt>,
    tools: { readonly clock: Clock; readonly ids: IdSource },
  ) {
    this.#channel = channel
    this.#queue = queue
    this.#sink = sink
    this.#clock = tools.clock
    this.#ids = tools.ids
    this.#alive = tools.clock.monotonic()
    channel.on('error', (error: Error) => this.#died(error))
    channel.on('close', () => this.#died(new Error('the channel was closed')))
  }

  get alive(): number {
    return this.#alive
  }

  /** A prefetch holds for the consumers that come after it: subscribe anew. What the old one brought stays on the channel. */
  resize(window: number): Promise<void> {
    return this.#inTurn(() => this.#subscribe(window))
  }

  #inTurn(change: () => Promise<void>): Promise<void> {
    const changed = this.#changing.then(change)
    this.#changing = changed.catch(ignore)
    return changed
  }

  async #subscribe(window: number): Promise<void> {
    await this.#cancel()
    if (window === 0 || !this.#isOpen) return
    await this.#channel.prefetch(window, false)
    const { consumerTag } = await this.#channel.consume(this.#queue, (message) => this.#take(message))
    this.#consumerTag = consumerTag
  }

  /** Called by amqplib, which closes the channel when this throws. */
  #take(message: ConsumeMessage | null): void {
    if (!this.#isOpen) return
    if (message === null) return this.#cancelled()
    this.#alive = this.#clock.monotonic()
    this.#last = message
    this.#tags.delivered(message.fields.deliveryTag)
    this.#sink.deliver([incomingOf(message, { message, feed: this }, this.#ids)])
  }

  /** What is still held on the channel goes back with it. */
  #cancelled(): void {
    this.#died(new Error(`the broker cancelled the consumer of "${this.#queue}"`))
    this.#channel.close().catch(ignore)
  }

  /** Acknowledgements have no reply: they are written, in order, to a channel that is open. */
  async settle(batch: readonly Settlement<Receipt>[]): Promise<BatchResult> {
    const failed: { index: number; failure: Failure }[] = []
    const acks: ConsumeMessage[] = []
    batch.forEach((settlement, index) => {
      const failure = this.#apply(settlement, acks)
      if (failure !== undefined) failed.push({ index, failure })
    })
    this.#acknowledge(acks)
    return failed.length > 0 ? { failed } : {}
  }

  #apply({ receipt, action }: Settlement<Receipt>, acks: ConsumeMessage[]): Failure | undefined {
    const { message, feed } = receipt
    const tag = message.fields.deliveryTag
    if (feed !== this || !this.#isOpen || !this.#tags.has(tag)) return LOST
    // A lease is the channel: there is nothing to extend, and nowhere to note a hold.
    if (action !== 'ack' && action !== 'release') return undefined
    this.#tags.settled(tag)
    if (action === 'ack') acks.push(message)
    // From 4.3 on only a reject counts as a delivery that failed; core counts failures itself.
    else this.#channel.nack(message, false, true)
    return undefined
  }

  /** Everything up to the lowest unsettled tag in one frame, which can never touch an unsettled delivery; the rest one by one. */
  #acknowledge(acks: readonly ConsumeMessage[]): void {
    const edge = this.#tags.lowest
    let last: ConsumeMessage | undefined
    for (const message of acks) {
      const tag = message.fields.deliveryTag
      if (tag >= edge) this.#channel.ack(message)
      else if (last === undefined || tag > last.fields.deliveryTag) last = message
    }
    if (last !== undefined) this.#channel.ack(last, true)
  }

  stop(): Promise<void> {
    return this.#inTurn(() => this.#cancel())
  }

  async #cancel(): Promise<void> {
    const tag = this.#consumerTag
    this.#consumerTag = null
    if (tag !== null && this.#isOpen) await this.#channel.cancel(tag)
  }

  /** What is unsettled goes back: a closed channel would count it as delivered, a nack does not from 4.3 on. */
  async close(): Promise<void> {
    // Else what is given back comes straight back here, and the end of the channel counts it.
    await this.stop()
    if (!this.#isOpen) return
    this.#isOpen = false
    const taken = await this.#flush()
    if (this.#tags.size > 0) await this.#giveBack()
    // After those before it: what comes back last comes again last.
    if (taken !== false) this.#channel.nack(taken, false, true)
    await this.#channel.close()
  }

  /**
   * The broker's end of a channel holds acknowledgements back while 32 are on their way to a quorum queue, and forgets
   * them when it closes. A get is answered by the queue itself, behind them, and may bring a message.
   */
  #flush(): Promise<GetMessage | false> {
    return this.#channel.get(this.#queue)
  }

  /** A quorum queue counts what came back when it is on disk, and whoever looks next believes its count. */
  async #giveBack(): Promise<void> {
    const end = this.#clock.monotonic() + LONGEST_LOOK
    const { messageCount } = await this.#channel.checkQueue(this.#queue)
    const expected = messageCount + this.#tags.size
    if (this.#last !== null) this.#channel.nack(this.#last, true, true)
    while ((await this.#channel.checkQueue(this.#queue)).messageCount < expected)
      if (this.#clock.monotonic() > end) return
  }

  #died(error: unknown): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#sink.fail(error)
  }
}

function ignore(): void {
  // Whoever asked for it is told.
}
