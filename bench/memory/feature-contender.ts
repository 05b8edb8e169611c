import { memory } from '@anymq/adapter-memory'
import {
  createBroker,
  DeadLetter,
  silentLogger,
  type Broker,
  type Definition,
  type Message,
  type Producer,
  type SendItem,
} from '@anymq/core'
import type { Contender } from '../measure/rounds.ts'
import { counting, type Operations } from './counting.ts'
import type { Feature } from './features.ts'

const BODY = new Uint8Array(256).fill(7)
const SEND_BATCH = 100

/** Sends so many messages and waits until each was handled for good. What the broker was asked for is added to `operations`. */
export function featureContender(feature: Feature, messages: number, operations: Operations): Contender {
  return {
    name: feature.name,
    prepare: async () => {
      const adapter = counting(memory({ mask: feature.mask }), operations)
      const definitions = [feature.to, feature.source] as Definition[]
      const broker: Broker = await createBroker(adapter, { definitions, logger: silentLogger })
      return { run: () => run(broker, feature, messages), end: () => broker.close() }
    },
  }
}

async function run(broker: Broker, feature: Feature, messages: number): Promise<void> {
  const { promise: done, resolve } = Promise.withResolvers<void>()
  let handled = 0
  const count = (): void => {
    if (++handled === messages) resolve()
  }
  const consumer = broker.consumer(feature.source)
  if (feature.batch === undefined) {
    const handler = (message: Message): void => {
      if (feature.first === 'dies') count()
      if (feature.first === 'dies') throw DEAD
      if (feature.first === 'fails' && message.attempt === 1) throw FAILED
      count()
    }
    consumer.subscribe(handler, { concurrency: 100 })
  } else {
    const handler = (batch: readonly Message[]): void => batch.forEach(count)
    consumer.subscribeBatch(handler, { max: feature.batch, within: 10, concurrency: 2 })
  }
  await sendAll(broker, feature, messages)
  await done
}

const DEAD = new DeadLetter('never')
const FAILED = new Error('once')

async function sendAll(broker: Broker, { to, options }: Feature, messages: number): Promise<void> {
  const producer: Producer = broker.producer(to as never)
  for (let sent = 0; sent < messages; sent += SEND_BATCH) {
    const items: SendItem<unknown>[] = []
    for (let n = sent; n < sent + SEND_BATCH && n < messages; n++) items.push({ body: BODY, ...options?.(n) })
    await producer.sendBatch(items)
  }
}
