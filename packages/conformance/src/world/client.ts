import type {
  BatchHandler,
  Broker,
  BrokerEvent,
  Consumer,
  ConsumerOptions,
  Handler,
  Queue,
  ReceiveOptions,
  SendBatchOptions,
  SendItem,
  SendOptions,
  Source,
  SubscribeBatchOptions,
  SubscribeOptions,
  Topic,
} from '@anymq/core'
import { RecordedDeadLetters } from './recorded-dead-letters.ts'
import { recordedBatchHandler, recordedHandler } from './recorded-handler.ts'
import { RecordedMessage } from './recorded-message.ts'
import { RecordedSubscription } from './recorded-subscription.ts'
import { Lack } from './lack.ts'
import type { Recorder } from './recorder.ts'

/** One process of a case, as far as the broker can tell: a broker object whose doings are written down. */
export class Client {
  readonly name: string
  /** For what is not written down. */
  readonly broker: Broker
  /** What the library said by itself. */
  readonly events: readonly BrokerEvent[]
  readonly #recorder: Recorder
  readonly #abandon: ((broker: Broker) => void) | undefined
  #consumers = 0
  #end: 'open' | 'closed' | 'killed' = 'open'

  constructor(
    name: string,
    broker: Broker,
    events: readonly BrokerEvent[],
    recorder: Recorder,
    abandon: ((broker: Broker) => void) | undefined,
  ) {
    this.name = name
    this.broker = broker
    this.events = events
    this.#recorder = recorder
    this.#abandon = abandon
    recorder.add({ fact: 'life', what: 'opened' })
  }

  send<In, Level extends string>(
    to: Queue<In, unknown, Level> | Topic<In, unknown, string, Level>,
    body: NoInfer<In>,
    options?: SendOptions<NoInfer<Level>>,
  ): Promise<string> {
    return this.#recorder.sending(to, body, options, () => this.broker.send(to, body, options))
  }

  /** One after the other without waiting in between: what core makes a batch of. Resolves with the ids. */
  sendAll<In>(to: Queue<In> | Topic<In>, bodies: readonly NoInfer<In>[], options?: SendOptions): Promise<string[]> {
    return Promise.all(bodies.map((body) => this.send<In, string>(to, body, options)))
  }

  async sendBatch<In>(
    to: Queue<In> | Topic<In>,
    items: readonly SendItem<NoInfer<In>>[],
    options?: SendBatchOptions,
  ): Promise<string[]> {
    const numbers = items.map(({ body, ...own }) => this.#recorder.sent(to, body, own))
    try {
      const ids = await this.broker.producer<In, string>(to).sendBatch(items, options)
      ids.forEach((id, index) => this.#recorder.confirmed(numbers[index]!, id))
      return ids
    } catch (error) {
      this.#recorder.batchRefused(numbers, error)
      throw error
    }
  }

  /** A handler; without one, everything is acknowledged. */
  subscribe<Out>(
    source: Source<Out>,
    handler: Handler<Out> = () => undefined,
    options: SubscribeOptions = {},
    consumer: ConsumerOptions = {},
  ): RecordedSubscription {
    const { opened, name } = this.#consumer(source, consumer, false)
    const recorded = recordedHandler(handler, this.#recorder, name)
    return new RecordedSubscription(opened.subscribe(recorded, options), this.#recorder, name)
  }

  subscribeBatch<Out>(
    source: Source<Out>,
    handler: BatchHandler<Out>,
    options: SubscribeBatchOptions,
    consumer: ConsumerOptions = {},
  ): RecordedSubscription {
    const { opened, name } = this.#consumer(source, consumer, true)
    const recorded = recordedBatchHandler(handler, this.#recorder, name)
    return new RecordedSubscription(opened.subscribeBatch(recorded, options), this.#recorder, name)
  }

  /** A consumer to pull from. */
  puller<Out>(source: Source<Out>, options: ConsumerOptions = {}): Puller<Out> {
    const { opened, name } = this.#consumer(source, options, false)
    return {
      receive: async (how) =>
        (await opened.receive(how)).map((message) => new RecordedMessage(message, this.#recorder, 'receive', name)),
      close: async () => {
        this.#recorder.add({ fact: 'life', what: 'closing', consumer: name })
        await opened.close()
        this.#recorder.add({ fact: 'life', what: 'closed', consumer: name })
      },
    }
  }

  /** Pull once, with a consumer of its own that stays open. */
  receive<Out>(source: Source<Out>, options?: ReceiveOptions): Promise<RecordedMessage<Out>[]> {
    return this.puller(source).receive(options)
  }

  deadLetters<In, Out>(source: Source<Out, In>): RecordedDeadLetters<In, Out> {
    return new RecordedDeadLetters(source, this.broker.deadLetters(source), this.#recorder)
  }

  /** Write down that the case itself has seen, done or asked for something. */
  get recorder(): Recorder {
    return this.#recorder
  }

  async close(options?: Parameters<Broker['close']>[0]): Promise<void> {
    this.#recorder.add({ fact: 'life', what: 'closing' })
    await this.broker.close(options)
    if (this.#end === 'open') this.#recorder.add({ fact: 'life', what: 'closed' })
    if (this.#end === 'open') this.#end = 'closed'
  }

  /** As if the process had died: it says and hears nothing any more. */
  kill(): void {
    if (this.#abandon === undefined)
      throw new Lack('the harness has no way to kill a process: neither `process` nor `abandon`')
    this.#end = 'killed'
    this.#recorder.add({ fact: 'life', what: 'killed' })
    this.#abandon(this.broker)
  }

  /** What is left is tidied up, whatever became of it. */
  async tidy(): Promise<void> {
    if (this.#end === 'closed') return
    if (this.#end === 'killed') return this.broker.close({ timeout: 0 })
    await this.close({ timeout: '5s' })
  }

  /** What it consumes and by which policy is written down before the first message can come. */
  #consumer<Out>(
    source: Source<Out>,
    options: ConsumerOptions,
    batches: boolean,
  ): { opened: Consumer<Out>; name: string } {
    const opened = this.broker.consumer(source, options)
    const name = `${this.name}.${++this.#consumers}`
    const { attempts, when } = options.retry ?? {}
    this.#recorder.add({
      fact: 'life',
      what: 'opened',
      consumer: name,
      source: opened.source,
      batches,
      ...(attempts !== undefined && { attempts }),
      ...(when !== undefined && { classifies: true }),
      ...(options.deadLetter === 'drop' && { drops: true }),
    })
    return { opened, name }
  }
}

/** Pulls from one source. */
export interface Puller<Out> {
  receive(options?: ReceiveOptions): Promise<RecordedMessage<Out>[]>
  close(): Promise<void>
}
