import {
  ChangeMessageVisibilityBatchCommand,
  GetQueueAttributesCommand,
  SendMessageBatchCommand,
} from '@aws-sdk/client-sqs'
import { startBroker, type TestBroker } from '@anymq/test-brokers'
import { setTimeout as sleep } from 'node:timers/promises'
import { labAt, onBoth, say, type Lab } from './lab.ts'

// What one server for SQS does and the other does not, and how ElasticMQ has to be ended:
//   node --conditions=source bench/spikes/sqs/servers-differ.ts

const ROUNDS = 4
/** Milliseconds after which the server has read its file. */
const RESTORED = 3000

await onBoth(async (_, lab) => {
  say('a visibility changed to 0', await outcome(() => giveBack(lab)))
  say('a character beyond U+FFFF', await outcome(async () => lab.send(await lab.queue(), '\u{1f600}')))
})

await using server = await startBroker('sqs@elasticmq', { own: true })
for (const how of ['SIGKILL', 'SIGTERM'] as const)
  for (let round = 0; round < ROUNDS; round++)
    say(`ElasticMQ ended by ${how} while messages come`, await survivors(server, how))

async function outcome(attempt: () => Promise<unknown>): Promise<string> {
  try {
    await attempt()
    return 'taken'
  } catch (error) {
    return `refused: ${(error as Error).name}`
  }
}

async function giveBack(lab: Lab): Promise<void> {
  const QueueUrl = await lab.queue()
  await lab.send(QueueUrl, 'x')
  const [message] = await lab.receive(QueueUrl, { wait: 1 })
  const Entries = [{ Id: '0', ReceiptHandle: message!.ReceiptHandle, VisibilityTimeout: 0 }]
  await lab.client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries }))
}

/** Send from several lanes while the server ends, with a poll open; then count what it still has. */
async function survivors(broker: TestBroker, how: 'SIGKILL' | 'SIGTERM'): Promise<string> {
  const lab = labAt(broker.url)
  const QueueUrl = await lab.queue()
  const poll = lab.receive(await lab.queue(), { wait: 20 }).catch(() => [])
  const stopping = new AbortController()
  const lanes = Array.from({ length: 6 }, () => sendUntil(stopping.signal, lab, QueueUrl))
  await sleep(1000)
  await end(broker, how)
  await broker.controls!.start()
  stopping.abort()
  const counts = await Promise.all(lanes)
  await poll
  const atOnce = await countIn(lab, QueueUrl)
  await sleep(RESTORED)
  const later = await countIn(lab, QueueUrl)
  lab.client.destroy()
  const confirmed = counts.reduce((sum, count) => sum + count, 0)
  return `${confirmed} confirmed; there at once ${atOnce}, after ${RESTORED / 1000} s ${later}`
}

async function countIn({ client }: Lab, QueueUrl: string): Promise<string> {
  const names = { AttributeNames: ['ApproximateNumberOfMessages' as const] }
  const { Attributes } = await client.send(new GetQueueAttributesCommand({ QueueUrl, ...names }))
  return Attributes?.['ApproximateNumberOfMessages'] ?? 'unknown'
}

/** Returns how many were confirmed. */
async function sendUntil(signal: AbortSignal, { client }: Lab, QueueUrl: string): Promise<number> {
  const Entries = ['0', '1', '2'].map((Id) => ({ Id, MessageBody: 'x' }))
  let confirmed = 0
  while (!signal.aborted) {
    try {
      const { Successful = [] } = await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }))
      confirmed += Successful.length
    } catch {
      await sleep(50)
    }
  }
  return confirmed
}

/** SIGTERM gets four seconds, as many as an orchestrator may give. */
async function end({ controls }: TestBroker, how: 'SIGKILL' | 'SIGTERM'): Promise<void> {
  if (how === 'SIGTERM') {
    const { pid } = await controls!.pause()
    await controls!.resume()
    process.kill(pid, 'SIGTERM')
    await sleep(4000)
  }
  // It may have gone by itself.
  await controls!.kill().catch(() => undefined)
}
