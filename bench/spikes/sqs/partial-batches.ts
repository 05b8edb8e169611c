import { SendMessageBatchCommand, type SendMessageBatchRequestEntry } from '@aws-sdk/client-sqs'
import { median } from '../../measure/statistics.ts'
import { onBoth, say, type Lab } from './lab.ts'

// What a batch that fails in part does to the order of a FIFO group, and what it costs to have one message per group in flight:
//   node --conditions=source bench/spikes/sqs/partial-batches.ts

const MESSAGES = 600
const LARGEST_BATCH = 10
const ROUNDS = 5

await onBoth(async (_, lab) => {
  say('a bad entry in the middle of one group', await overtaken(lab))
  await rate(lab, 10, LARGEST_BATCH)
  for (const groups of [1, 2, 5, 10]) {
    const ratios: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const free = await rate(lab, groups, LARGEST_BATCH)
      ratios.push((await rate(lab, groups, Math.min(groups, LARGEST_BATCH))) / free)
    }
    say(`one message per group in flight, ${groups} groups: rate against full batches`, median(ratios).toFixed(2))
  }
})

/** The second of three has characters that are refused: what is in the queue afterwards. */
async function overtaken(lab: Lab): Promise<string> {
  const QueueUrl = await lab.queue({ FifoQueue: 'true' })
  const entries = ['first', 'second\u0000', 'third'].map((body, index) => entry(body, 'g', index))
  try {
    const { Successful = [], Failed = [] } = await lab.client.send(
      new SendMessageBatchCommand({ QueueUrl, Entries: entries }),
    )
    const got = (await lab.receive(QueueUrl, { wait: 1 })).map(({ Body }) => JSON.stringify(Body))
    return `${Successful.length} taken, ${Failed.length} failed; the queue has ${got.join(', ')}`
  } catch (error) {
    return `the whole batch is refused: ${(error as Error).name}`
  }
}

/** Messages per second with so many entries to a request, one request at a time. */
async function rate(lab: Lab, groups: number, size: number): Promise<number> {
  const QueueUrl = await lab.queue({ FifoQueue: 'true' })
  const start = performance.now()
  for (let sent = 0; sent < MESSAGES; sent += size) {
    const Entries = Array.from({ length: Math.min(size, MESSAGES - sent) }, (_, index) =>
      entry(`m-${sent + index}`, `g-${(sent + index) % groups}`, index),
    )
    await lab.client.send(new SendMessageBatchCommand({ QueueUrl, Entries }))
  }
  return (MESSAGES / (performance.now() - start)) * 1000
}

function entry(body: string, group: string, index: number): SendMessageBatchRequestEntry {
  return {
    Id: String(index),
    MessageBody: body,
    MessageGroupId: group,
    MessageDeduplicationId: `${body.replaceAll('\u0000', '-')}-${group}`,
  }
}
