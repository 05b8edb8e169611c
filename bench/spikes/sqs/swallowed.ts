import { fromUrl } from '@anymq/adapter-sqs'
import { createBroker, queue, silentLogger, text } from '@anymq/core'
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { median } from '../../measure/statistics.ts'
import { onBoth, say, type Lab } from './lab.ts'

// What happens to a message that is sent just after a long poll ended, cut off or awaited:
//   node --conditions=source bench/spikes/sqs/swallowed.ts

const ROUNDS = 10
/** Seconds for which a message stays hidden that nobody settles. */
const VISIBILITY = 3

await onBoth(async (broker, lab) => {
  const cut = await hidden(() => afterCut(lab))
  say(`poll cut off: messages hidden, and for how long`, `${cut.count} of ${ROUNDS}, median ${cut.ms} ms`)
  const awaited = await hidden(() => afterClose(broker.url, lab))
  say(`consumer closed by AnyMQ: messages hidden`, `${awaited.count} of ${ROUNDS}, median ${awaited.ms} ms`)
})

/** How many messages were not there at once, and the median of how long all took. */
async function hidden(round: () => Promise<number>): Promise<{ count: number; ms: number }> {
  const times: number[] = []
  for (let i = 0; i < ROUNDS; i++) times.push(await round())
  return { count: times.filter((ms) => ms > 1000).length, ms: Math.round(median(times)) }
}

/** A client gives up its poll, as most do at their end; then a message comes. Milliseconds until another client has it. */
async function afterCut(lab: Lab): Promise<number> {
  const url = await lab.queue()
  const ending = new AbortController()
  const poll = lab.receive(url, { wait: 20, visibility: VISIBILITY, signal: ending.signal }).catch(() => [])
  await sleep(200)
  ending.abort()
  await poll
  return taken(lab, url)
}

/** The same with a consumer of ours, which waits for the poll that it has on its way. */
async function afterClose(address: string, lab: Lab): Promise<number> {
  const name = `lab-${randomUUID().slice(0, 8)}`
  const lines = queue(name, { codec: text, lease: `${VISIBILITY}s` })
  const adapter = fromUrl(new URL(`${address}&wait=1`))
  await using broker = await createBroker(adapter, { definitions: [lines], logger: silentLogger })
  const consumer = broker.consumer(lines)
  await consumer.subscribe(() => {}).ready
  await sleep(200)
  await consumer.close()
  return taken(lab, await lab.queueUrl(name))
}

async function taken(lab: Lab, url: string): Promise<number> {
  const start = performance.now()
  await lab.send(url, 'x')
  for (;;) {
    const [message] = await lab.receive(url, { wait: 1 })
    if (message === undefined) continue
    await lab.remove(url, message)
    return performance.now() - start
  }
}
