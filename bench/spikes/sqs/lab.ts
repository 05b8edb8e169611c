import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
  type Message,
} from '@aws-sdk/client-sqs'
import { startBroker, type TestBroker } from '@anymq/test-brokers'
import { randomUUID } from 'node:crypto'

/** A plain client and a queue of its own for each question. */
export interface Lab {
  readonly client: SQSClient
  queue(attributes?: Record<string, string>): Promise<string>
  queueUrl(name: string): Promise<string>
  send(url: string, body: string): Promise<void>
  receive(url: string, options: { wait: number; visibility?: number; signal?: AbortSignal }): Promise<Message[]>
  remove(url: string, message: Message): Promise<void>
}

export function labAt(url: string): Lab {
  const { hostname, username, password, searchParams } = new URL(url)
  const client = new SQSClient({
    region: hostname,
    endpoint: searchParams.get('endpoint')!,
    credentials: { accessKeyId: username, secretAccessKey: password },
    maxAttempts: 1,
  })
  return {
    client,
    queue: async (attributes = {}) => {
      const isFifo = attributes['FifoQueue'] === 'true'
      const QueueName = `lab-${randomUUID().slice(0, 8)}${isFifo ? '.fifo' : ''}`
      const { QueueUrl = '' } = await client.send(new CreateQueueCommand({ QueueName, Attributes: attributes }))
      return QueueUrl
    },
    queueUrl: async (QueueName) => (await client.send(new GetQueueUrlCommand({ QueueName }))).QueueUrl ?? '',
    send: async (QueueUrl, MessageBody) => void (await client.send(new SendMessageCommand({ QueueUrl, MessageBody }))),
    receive: async (QueueUrl, { wait, visibility = 30, signal }) => {
      const command = new ReceiveMessageCommand({
        QueueUrl,
        WaitTimeSeconds: wait,
        VisibilityTimeout: visibility,
        MaxNumberOfMessages: 10,
      })
      const { Messages = [] } = await client.send(command, signal === undefined ? {} : { abortSignal: signal })
      return Messages
    },
    remove: async (QueueUrl, { ReceiptHandle }) =>
      void (await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }))),
  }
}

/** The same question to both servers. */
export async function onBoth(ask: (broker: TestBroker, lab: Lab) => Promise<void>): Promise<void> {
  for (const id of ['sqs@elasticmq', 'sqs@fauxqs'] as const) {
    await using broker = await startBroker(id, { own: true })
    console.log(`${broker.product} ${broker.version}`)
    const lab = labAt(broker.url)
    await ask(broker, lab)
    lab.client.destroy()
  }
}

/** One line of figures. */
export function say(what: string, figures: string): void {
  console.log(`  ${what.padEnd(58)} ${figures}`)
}
