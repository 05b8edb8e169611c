import { fromUrl } from '@anymq/adapter-sqs'
import { createBroker, queue, silentLogger, type } from '@anymq/core'
import type { Adapter, BatchResult, Feed, Settlement } from '@anymq/core/driver'
import { startBroker } from '@anymq/test-brokers'
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { say } from './lab.ts'

// Messages that wait in the process for a handler, longer than their lease: extended as core does it, and not extended:
//   node --conditions=source bench/spikes/sqs/buffered-leases.ts

const MESSAGES = 24
/** Milliseconds of one handler: what waits behind it is older than its lease before it has ended. */
const WORK = 1500
const LEASE = '2s'

await using server = await startBroker('sqs', { own: true })
console.log(`${server.product} ${server.version}: ${MESSAGES} messages, ${WORK} ms each, concurrency 4, lease ${LEASE}`)
say('extended at half-life', await run(adapter()))
say('not extended', await run(withoutExtensions(adapter())))

function adapter(): Adapter {
  return fromUrl(new URL(`${server.url}&wait=1`))
}

async function run(to: Adapter): Promise<string> {
  const jobs = queue(`lab-${randomUUID().slice(0, 8)}`, { schema: type<number>(), lease: LEASE })
  let lost = 0
  const broker = await createBroker(to, {
    definitions: [jobs],
    logger: silentLogger,
    onEvent: ({ event }) => void (event === 'lease-lost' && lost++),
  })
  await broker.producer(jobs).sendBatch(Array.from({ length: MESSAGES }, (_, body) => ({ body })))
  const runs: number[] = []
  broker.consumer(jobs).subscribe((message) => sleep(WORK).then(() => void runs.push(message.body)), { concurrency: 4 })
  while (new Set(runs).size < MESSAGES) await sleep(50)
  // Whatever comes twice comes within two leases.
  await sleep(5000)
  await broker.close({ timeout: '3s' })
  return `${runs.length} runs for ${MESSAGES} messages, ${lost} leases lost under a handler`
}

/** The same driver, deaf to one action. */
function withoutExtensions(good: Adapter): Adapter {
  return {
    ...good,
    connect: async (context, signal) => {
      const driver = await good.connect(context, signal)
      return {
        manifest: driver.manifest,
        native: driver.native,
        ensure: (...args) => driver.ensure(...args),
        send: (...args) => driver.send(...args),
        open: async (...args) => deaf(await driver.open(...args)),
        stats: (target) => driver.stats(target),
        purge: (target) => driver.purge(target),
        remove: (target) => driver.remove(target),
        classify: (error) => driver.classify(error),
        close: () => driver.close(),
      }
    },
  }
}

function deaf(feed: Feed<unknown>): Feed<unknown> {
  const isHeard = (batch: readonly Settlement<unknown>[]): boolean => batch.some(({ action }) => action !== 'extend')
  return {
    alive: feed.alive,
    settle: async (batch, urgent): Promise<BatchResult> => (isHeard(batch) ? feed.settle(batch, urgent) : {}),
    resize: (window) => feed.resize(window),
    stop: () => feed.stop(),
    close: () => feed.close(),
  }
}
