import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteQueueCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { BODY, freshName, type Way } from '../load.ts'

const TEN = 10
/** Requests at once. */
const LANES = 8

/** The SDK as its documentation uses it for speed: ten to a request, eight requests at once. */
export function bareSqs(url: string): Way {
  return {
    name: 'AWS SDK',
    send: (count) => ({
      name: 'AWS SDK',
      prepare: async () => {
        const { client, queue, end } = await open(url)
        return { run: () => publish(client, queue, count), end }
      },
    }),
    consume: (count) => ({
      name: 'AWS SDK',
      prepare: async () => {
        const { client, queue, end } = await open(url)
        await publish(client, queue, count)
        return { run: () => take(client, queue, count), end }
      },
    }),
  }
}

async function open(url: string) {
  const { hostname, username, password, searchParams } = new URL(url)
  const client = new SQSClient({
    region: hostname,
    endpoint: searchParams.get('endpoint')!,
    credentials: { accessKeyId: username, secretAccessKey: password },
  })
  const { QueueUrl: queue = '' } = await client.send(new CreateQueueCommand({ QueueName: freshName() }))
  const end = async (): Promise<void> => {
    await client.send(new DeleteQueueCommand({ QueueUrl: queue }))
    client.destroy()
  }
  return { client, queue, end }
}

function publish(client: SQSClient, QueueUrl: string, count: number): Promise<void> {
  const MessageBody = BODY.toString()
  let left = count / TEN
  return inLanes(async () => {
    if (left-- <= 0) return false
    const Entries = Array.from({ length: TEN }, (_, index) => ({ Id: String(index), MessageBody }))
    await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }))
    return true
  })
}

function take(client: SQSClient, QueueUrl: string, count: number): Promise<void> {
  let left = count
  return inLanes(async () => {
    if (left <= 0) return false
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: TEN, WaitTimeSeconds: 1 }),
    )
    left -= Messages.length
    const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }))
    if (Entries.length > 0) await client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }))
    return true
  })
}

/** Several at once, each again as long as it says true. */
async function inLanes(step: () => Promise<boolean>): Promise<void> {
  const lane = async (): Promise<void> => {
    while (await step());
  }
  await Promise.all(Array.from({ length: LANES }, lane))
}
