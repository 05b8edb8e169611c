import { seededRandomness } from '@anymq/core/testing'
// Is the set of finished offsets in the commit metadata exact after kill -9, and what does it cost?
import { fakeTarget } from '@anymq/core/testing'
import { fileURLToPath } from 'node:url'
import { decodeFinished, encodeFinished, SPAN } from '../../../packages/adapter-kafka/src/finished-set.ts'
import { Collector, connectTo, fresh, lab, messages, OPEN } from './lab.ts'
import { child, kill, said } from '../shared/children.ts'

/** The same choices in every run. */
const random = seededRandomness(1)

const SCRIPT = fileURLToPath(import.meta.url)
const COUNT = 2000
const ROUNDS = 5
const [role, url = '', address = ''] = process.argv.slice(2)

if (role === 'victim') await victim()
else {
  codec()
  await lab('Acknowledgement set in the commit metadata', async (broker) => {
    for (let round = 1; round <= ROUNDS; round++) await once(round, broker.url)
  })
}

function codec(): void {
  for (const share of [0.01, 0.5, 0.99]) {
    const finished = new Set<number>()
    for (let n = 1; n < SPAN; n++) if (n === SPAN - 1 || random.next() < share) finished.add(1_000_000 + n)
    const rounds = 300
    let text = ''
    const start = performance.now()
    for (let n = 0; n < rounds; n++) text = encodeFinished(1_000_000, finished)
    const encoded = performance.now()
    for (let n = 0; n < rounds; n++) decodeFinished(1_000_000, text)
    const decoded = performance.now()
    const us = (ms: number): string => ((ms / rounds) * 1000).toFixed(0)
    console.log(
      `span ${SPAN}, ${finished.size} finished: ${text.length} characters, encode ${us(encoded - start)} us, decode ${us(decoded - encoded)} us`,
    )
  }
}

/** Takes everything, acknowledges two of three at random, tells what was confirmed, and waits for its end. */
async function victim(): Promise<void> {
  const driver = await connectTo(url)
  const collector = new Collector(COUNT)
  const feed = await driver.open(fakeTarget('queue', address), OPEN, collector)
  await collector.until(COUNT)
  const chosen = collector.got.filter(() => random.next() < 0.66)
  const { failed = [] } = await feed.settle(
    chosen.map(({ receipt }) => ({ receipt, action: 'ack' })),
    true,
  )
  process.send!({ acked: chosen.map(({ id }) => id), failed: failed.length })
}

async function once(round: number, at: string): Promise<void> {
  const queue = fakeTarget('queue', fresh('acked'))
  const driver = await connectTo(at)
  await driver.ensure(queue, 'create')
  for (let n = 0; n < COUNT; n += 100) await driver.send(queue, messages(n, n + 100))
  const process = await child(SCRIPT, 'victim', at, queue.address)
  const { acked, failed } = await said<{ acked: string[]; failed: number }>(process)
  await kill(process)
  const start = performance.now()
  const collector = new Collector(COUNT)
  await driver.open(queue, OPEN, collector)
  const { ready } = await driver.stats(queue)
  await collector.until(COUNT - acked.length, 20_000)
  const took = performance.now() - start
  await new Promise((resolve) => setTimeout(resolve, 500))
  const done = new Set(acked)
  const wrong = collector.ids.filter((id) => done.has(id)).length
  const missing = COUNT - acked.length - new Set(collector.ids).size
  console.log(
    `round ${round}: ${acked.length} of ${COUNT} acknowledged (${failed} refused), then kill -9; stats say ${ready}; came again ${collector.got.length}, of them acknowledged ${wrong}, missing ${missing}; takeover ${took.toFixed(0)} ms (session 6000)`,
  )
  await driver.close()
}
