import { memory } from '@anymq/adapter-memory'
import { createBroker, queue, type Broker, type Consumer, type Producer, type Queue } from '@anymq/core'
import type { Contender } from '../measure/rounds.ts'
import { bodyOf, CODECS, weigh, type Work } from './work.ts'

/** The library: `send` or `sendBatch`, a synchronous handler, acknowledged on return. */
export function anymqContender(work: Work): Contender {
  return {
    name: 'AnyMQ',
    prepare: async () => {
      const definition: Queue = queue('bench', { codec: CODECS[work.codec] as never })
      const broker: Broker = await createBroker(memory(), { definitions: [definition] })
      const producer: Producer = broker.producer(definition)
      const consumer: Consumer = broker.consumer(definition)
      return { run: () => run(work, producer, consumer), end: () => broker.close() }
    },
  }
}

async function run(work: Work, producer: Producer, consumer: Consumer): Promise<void> {
  const body = bodyOf(work.codec)
  const items = Array.from({ length: work.batch }, () => ({ body }))
  let handled = 0
  let target = 0
  let sum = 0
  let reached: () => void = () => undefined
  const subscription = consumer.subscribe(
    (message) => {
      sum += weigh(message.body)
      if (++handled === target) reached()
    },
    { concurrency: work.concurrency },
  )
  await subscription.ready
  for (let left = work.messages; left > 0; left -= work.backlog) {
    target += Math.min(left, work.backlog)
    const drained = new Promise<void>((resolve) => (reached = resolve))
    const isBacklog = work.backlog > 1000
    if (isBacklog) subscription.pause()
    await sendWave(work, producer, items, Math.min(left, work.backlog))
    if (isBacklog) subscription.resume()
    await drained
  }
  if (sum === 0) throw new Error('nothing was handled')
}

async function sendWave(work: Work, producer: Producer, items: { body: unknown }[], size: number): Promise<void> {
  if (work.batch === 1) {
    const sending: Promise<string>[] = []
    for (let i = 0; i < size; i++) sending.push(producer.send(items[0]!.body))
    await Promise.all(sending)
    return
  }
  for (let sent = 0; sent < size; sent += work.batch) {
    await producer.sendBatch(size - sent < work.batch ? items.slice(0, size - sent) : items)
  }
}
