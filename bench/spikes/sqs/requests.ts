import type { SQSClient } from '@aws-sdk/client-sqs'
import { fromUrl } from '@anymq/adapter-sqs'
import { createBroker, queue, silentLogger, type } from '@anymq/core'
import { startBroker } from '@anymq/test-brokers'
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { say } from './lab.ts'

// How many requests does a consumer make, idle and at work:
//   node --conditions=source bench/spikes/sqs/requests.ts

const MESSAGES = 1000
/** Seconds that an idle consumer is watched, and the length of one poll. */
const IDLE = 20
const WAIT = 5

await using server = await startBroker('sqs', { own: true })
console.log(`${server.product} ${server.version}`)
for (const [what, concurrency, work] of [
  ['handlers that return at once', 10, 0],
  ['handlers of 20 ms', 10, 20],
  ['handlers of 20 ms', 100, 20],
] as const) {
  const { idle, busy } = await measure(concurrency, work)
  say(
    `idle, concurrency ${concurrency}, polls of ${WAIT} s: receives in ${IDLE} s`,
    String(idle['ReceiveMessageCommand'] ?? 0),
  )
  const each = Object.entries(busy).map(
    ([name, count]) => `${name.replace('Command', '')} ${(count / MESSAGES).toFixed(2)}`,
  )
  say(`${what}, concurrency ${concurrency}: requests per message`, each.join(', '))
}

type Counts = Record<string, number>

async function measure(concurrency: number, work: number): Promise<{ idle: Counts; busy: Counts }> {
  const jobs = queue(`lab-${randomUUID().slice(0, 8)}`, { schema: type<number>() })
  const adapter = fromUrl(new URL(`${server.url}&wait=${WAIT}`))
  await using broker = await createBroker(adapter, { definitions: [jobs], logger: silentLogger })
  const counts = counting(broker.native)
  const { promise: allDone, resolve } = Promise.withResolvers<void>()
  let left = MESSAGES
  const count = (): void => void (--left === 0 && resolve())
  const handler = work === 0 ? count : () => sleep(work).then(count)
  await broker.consumer(jobs).subscribe(handler, { concurrency }).ready
  await sleep(IDLE * 1000)
  const idle = counts.take()
  await broker.producer(jobs).sendBatch(Array.from({ length: MESSAGES }, (_, body) => ({ body })))
  await allDone
  return { idle, busy: counts.take() }
}

/** Counts a client's requests by command. */
function counting(client: SQSClient): { take(): Counts } {
  let counts: Counts = {}
  client.middlewareStack.add(
    (next, { commandName = '' }) =>
      (args) => {
        counts[commandName] = (counts[commandName] ?? 0) + 1
        return next(args)
      },
    { step: 'initialize' },
  )
  return {
    take: () => {
      const taken = counts
      counts = {}
      return taken
    },
  }
}
