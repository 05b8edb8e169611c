// What does a process believe that was stopped for longer than its session, and can it do harm?
import { fakeTarget } from '@anymq/core/testing'
import { fileURLToPath } from 'node:url'
import { Collector, connectTo, consumerOf, fresh, lab, messages, OPEN, wait } from './lab.ts'
import { child, kill, said } from '../shared/children.ts'

const SCRIPT = fileURLToPath(import.meta.url)
const COUNT = 200
const [role, url = '', address = '', bare = ''] = process.argv.slice(2)

interface Report {
  readonly frozenFor: number
  readonly ack: string
  readonly revokedAfter: number | null
  readonly joinedAfter: number | null
  readonly bareCommit: string
}

if (role === 'sleeper') await sleeper()
else
  await lab('A process that was stopped (SIGSTOP), session 6000 ms', async (broker) => {
    for (const ms of [2000, 4000, 9000]) await experiment(broker.url, ms, false)
    await experiment(broker.url, 9000, true)
  })

/** Holds everything, and acknowledges one message the moment it wakes up. */
async function sleeper(): Promise<void> {
  const driver = await connectTo(url)
  const collector = new Collector(COUNT)
  const feed = await driver.open(fakeTarget('queue', address), OPEN, collector)
  await collector.until(COUNT)
  const consumer = consumerOf(feed)
  let wokeAt = 0
  let revokedAfter: number | null = null
  let joinedAfter: number | null = null
  let last = performance.now()
  collector.revoke = () => {
    if (wokeAt > 0) revokedAfter ??= performance.now() - wokeAt
    else if (performance.now() - last > 1000) revokedAfter = 0
  }
  consumer.on(consumer.events.GROUP_JOIN, () => (joinedAfter ??= performance.now() - wokeAt))
  // Before it says so: it may be stopped at once.
  last = performance.now()
  process.send!('held')
  for (;;) {
    await wait(5)
    const now = performance.now()
    if (now - last > 1000) break
    last = now
  }
  wokeAt = performance.now()
  const settled = feed.settle([{ receipt: collector.got[0]!.receipt, action: 'ack' }], true)
  const commit =
    bare === ''
      ? 'not tried'
      : await consumer.commitOffsets([{ topic: address, partition: 0, offset: '0' }]).then(() => 'accepted', String)
  const { failed } = await settled
  const ack = `${failed === undefined ? 'accepted' : failed[0]!.failure.code} after ${(performance.now() - wokeAt).toFixed(0)} ms`
  await wait(4000)
  process.send!({ frozenFor: wokeAt - last, ack, revokedAfter, joinedAfter, bareCommit: commit } satisfies Report)
}

async function experiment(at: string, ms: number, withBareCommit: boolean): Promise<void> {
  const queue = fakeTarget('queue', fresh('frozen'))
  const driver = await connectTo(at)
  await driver.ensure(queue, 'create')
  await driver.send(queue, messages(0, COUNT))
  const victim = await child(SCRIPT, 'sleeper', at, queue.address, withBareCommit ? 'bare' : '')
  await said(victim)
  victim.kill('SIGSTOP')
  const collector = new Collector(COUNT)
  const opening = driver.open(queue, OPEN, collector)
  await wait(ms)
  let taken = 'nothing'
  if (ms > 6000) {
    const feed = await opening
    await collector.until(COUNT)
    await feed.settle(
      collector.got.map(({ receipt }) => ({ receipt, action: 'ack' })),
      true,
    )
    taken = `all ${COUNT}, acknowledged`
  }
  const before = await driver.stats(queue)
  const report = said<Report>(victim)
  victim.kill('SIGCONT')
  const found = await report
  await opening
  const after = await driver.stats(queue)
  console.log(
    `stopped ${ms} ms, the other took ${taken}: on waking its ack was ${found.ack}; its receipts were revoked after ${found.revokedAfter?.toFixed(0) ?? 'never'} ms, joined after ${found.joinedAfter?.toFixed(0) ?? 'never'} ms; a bare kafkajs commit of offset 0: ${found.bareCommit}; unfinished by the log: ${before.ready} before, ${after.ready} after`,
  )
  await kill(victim)
  await driver.close()
}
