import { connect } from 'amqplib'
import { Kafka, logLevel } from 'kafkajs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TestBroker } from '../index.ts'

/** The least a test needs to see that a broker keeps what it took. */
export interface Client {
  /** Make the place and put one text in it, acknowledged. */
  put(text: string): Promise<void>
  /** How many messages are there. */
  count(): Promise<number>
}

export function clientOf(broker: Pick<TestBroker, 'name' | 'url' | 'port'>): Client {
  switch (broker.name) {
    case 'rabbitmq':
      return rabbitClient(broker.url)
    case 'kafka':
      return kafkaClient(broker.port)
    case 'sqs':
      return sqsClient(broker.port)
  }
}

const place = 'orders'

function rabbitClient(url: string): Client {
  const withChannel = async <T>(work: (channel: Awaited<ReturnType<typeof open>>['channel']) => Promise<T>) => {
    const { connection, channel } = await open()
    try {
      return await work(channel)
    } finally {
      await connection.close()
    }
  }
  const open = async () => {
    const connection = await connect(url, { timeout: 3000 })
    return { connection, channel: await connection.createConfirmChannel() }
  }
  return {
    put: (text) =>
      withChannel(async (channel) => {
        await channel.assertQueue(place, { arguments: { 'x-queue-type': 'quorum' } })
        // A quorum queue that is younger than a second is lost when the node is killed.
        await sleep(2000)
        channel.sendToQueue(place, Buffer.from(text), { persistent: true })
        await channel.waitForConfirms()
      }),
    count: () => withChannel(async (channel) => (await channel.checkQueue(place)).messageCount),
  }
}

function kafkaClient(port: number): Client {
  const retry = { initialRetryTime: 50, maxRetryTime: 500, retries: 20 }
  const kafka = new Kafka({ brokers: [`127.0.0.1:${port}`], retry, logLevel: logLevel.NOTHING })
  return {
    async put(text) {
      const admin = kafka.admin()
      await admin.connect()
      await admin.createTopics({ topics: [{ topic: place, numPartitions: 1 }] })
      await admin.disconnect()
      const producer = kafka.producer()
      await producer.connect()
      await producer.send({ topic: place, acks: -1, messages: [{ value: text }] })
      await producer.disconnect()
    },
    async count() {
      const admin = kafka.admin()
      await admin.connect()
      const offsets = await admin.fetchTopicOffsets(place)
      await admin.disconnect()
      return offsets.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0)
    },
  }
}

function sqsClient(port: number): Client {
  const queueUrl = async () => (await askSqs<{ QueueUrl: string }>(port, 'GetQueueUrl', { QueueName: place })).QueueUrl
  return {
    async put(text) {
      await askSqs(port, 'CreateQueue', { QueueName: place })
      await askSqs(port, 'SendMessage', { QueueUrl: await queueUrl(), MessageBody: text })
    },
    async count() {
      const AttributeNames = ['ApproximateNumberOfMessages']
      const request = { QueueUrl: await queueUrl(), AttributeNames }
      const { Attributes } = await askSqs<{ Attributes: Record<string, string> }>(port, 'GetQueueAttributes', request)
      return Number(Attributes['ApproximateNumberOfMessages'])
    },
  }
}

/** One call of the SQS protocol. */
export async function askSqs<Answer>(port: number, action: string, request: object): Promise<Answer> {
  const response = await fetch(`http://127.0.0.1:${port}/`, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `AmazonSQS.${action}`,
      authorization: 'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/sqs/aws4_request',
    },
    body: JSON.stringify(request),
    signal: AbortSignal.timeout(5000),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${action} answered ${response.status}: ${text}`)
  return (text ? JSON.parse(text) : undefined) as Answer
}
