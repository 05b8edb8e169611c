import { Kafka, logLevel, Partitioners, type Producer } from 'kafkajs'
import { BODY, countdown, freshName, type Way } from '../load.ts'

const PARTITIONS = 4

/** kafkajs as its documentation uses it for speed: batches of 500, `eachBatch`, one commit for each batch. */
export function bareKafka(url: string): Way {
  return {
    name: 'kafkajs',
    send: (count) => ({
      name: 'kafkajs',
      prepare: async () => {
        const { producer, topic, end } = await open(url)
        return { run: () => publish(producer, topic, count), end }
      },
    }),
    consume: (count) => ({
      name: 'kafkajs',
      prepare: async () => {
        const { kafka, producer, topic, end } = await open(url)
        await publish(producer, topic, count)
        const consumer = kafka.consumer({ groupId: topic, maxWaitTimeInMs: 100 })
        await consumer.connect()
        await consumer.subscribe({ topics: [topic], fromBeginning: true })
        const left = countdown(count)
        const run = async (): Promise<void> => {
          await consumer.run({
            partitionsConsumedConcurrently: PARTITIONS,
            eachBatch: async ({ batch }) => {
              left.tick(batch.messages.length)
            },
          })
          await left.done
        }
        return { run, end: () => consumer.disconnect().then(end) }
      },
    }),
  }
}

async function open(url: string) {
  const kafka = new Kafka({ brokers: [new URL(url).host], logLevel: logLevel.NOTHING })
  const admin = kafka.admin()
  await admin.connect()
  const topic = freshName()
  await admin.createTopics({ topics: [{ topic, numPartitions: PARTITIONS }] })
  const producer = kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    createPartitioner: Partitioners.DefaultPartitioner,
  })
  await producer.connect()
  const end = async (): Promise<void> => {
    await producer.disconnect()
    await admin.disconnect()
  }
  return { kafka, producer, topic, end }
}

async function publish(producer: Producer, topic: string, count: number): Promise<void> {
  for (let sent = 0; sent < count; sent += 500) {
    const messages = Array.from({ length: Math.min(500, count - sent) }, () => ({ value: BODY }))
    await producer.send({ topic, acks: -1, messages })
  }
}
