// What does kill -9 and a new start of the broker do to an open producer and consumer? Do they find back by themselves?
import { fakeTarget } from '@anymq/core/testing'
import type { TestBroker } from '@anymq/test-brokers'
import kafkajs from 'kafkajs'
import { Collector, connectTo, consumerOf, fresh, lab, messages, OPEN, wait } from './lab.ts'

const KILLS = 5
const FAULTS = 3
/** The driver's request timeout is 10,000. */
const PAUSE = 11_000

await lab('kill -9 and start of the only broker, under load', async (broker) => {
  await recovers(broker)
  await startsAnew(broker)
  for (const fault of ['kill', 'pause'] as const)
    for (const how of ['bare', 'driver'] as const) await sequences(broker, how, fault)
})

/** kafkajs reconnects: one driver lives through all kills. */
async function recovers(broker: TestBroker): Promise<void> {
  const driver = await connectTo(broker.url)
  const queue = fakeTarget('queue', fresh('recovers'))
  await driver.ensure(queue, 'create')
  const collector = new Collector(50)
  const feed = await driver.open(queue, OPEN, collector)
  const consumer = consumerOf(feed)
  const count = { crash: 0, join: 0, refused: 0, revoked: 0 }
  consumer.on(consumer.events.CRASH, () => count.crash++)
  consumer.on(consumer.events.GROUP_JOIN, () => count.join++)
  collector.revoke = (lost) => void (count.revoked += collector.got.filter(({ receipt }) => lost(receipt)).length)
  collector.onDeliver = (batch) => {
    for (const { receipt } of batch)
      void feed.settle([{ receipt, action: 'ack' }], false).then(({ failed }) => {
        count.refused += failed?.length ?? 0
        collector.want(1)
      })
  }
  const load = sendUntilStopped(driver, queue)
  for (let n = 1; n <= KILLS; n++) {
    await wait(1500)
    const before = { ...count, failed: load.failed.length, got: collector.got.length }
    await broker.controls!.kill()
    const down = performance.now()
    await wait(n % 2 === 0 ? 3000 : 0)
    await broker.controls!.start()
    const up = performance.now()
    const landed = load.confirmed.size
    while (load.confirmed.size === landed) await wait(5)
    const sending = performance.now() - up
    const seen = new Set(collector.ids).size
    while (new Set(collector.ids).size === seen) await wait(20)
    console.log(
      `kill ${n}, away ${(up - down).toFixed(0)} ms: sends confirmed again after ${sending.toFixed(0)} ms, deliveries after ${(performance.now() - up).toFixed(0)} ms; consumer crashed ${count.crash - before.crash} times; ${load.failed.length - before.failed} sends failed, ${count.refused - before.refused} acks refused, ${count.revoked - before.revoked} receipts revoked`,
    )
  }
  await load.stop()
  while ((await driver.stats(queue)).ready !== 0) await wait(100)
  const once = new Set(collector.ids)
  const missing = [...load.confirmed].filter((id) => !once.has(id)).length
  const logged = (await driver.native.admin.fetchTopicOffsets(queue.address)).reduce(
    (sum, { high }) => sum + Number(high),
    0,
  )
  console.log(
    `kafkajs reconnects: ${load.confirmed.size} confirmed, missing ${missing}; in the log ${logged}, so ${logged - once.size} duplicates; delivered more than once ${collector.got.length - once.size}; ${load.failed.length} sends unknown, of them in the log ${load.failed.filter((id) => once.has(id)).length}`,
  )
  await driver.close()
}

/** The alternative: the driver counts as lost, and a new one connects when the broker is back. */
async function startsAnew(broker: TestBroker): Promise<void> {
  const queue = fakeTarget('queue', fresh('anew'))
  let driver = await connectTo(broker.url)
  await driver.ensure(queue, 'create')
  let collector = new Collector(1000)
  await driver.open(queue, OPEN, collector)
  const times: number[] = []
  for (let n = 0; n < KILLS; n++) {
    await driver.send(queue, messages(0, 4))
    await collector.until(4)
    await broker.controls!.kill()
    void driver.close().catch(() => undefined)
    await broker.controls!.start()
    const up = performance.now()
    driver = await connectTo(broker.url)
    collector = new Collector(1000)
    await driver.open(queue, OPEN, collector)
    await collector.until(4, 30_000)
    times.push(performance.now() - up)
  }
  console.log(
    `a new connection each time: first delivery after ${times.map((ms) => ms.toFixed(0)).join(', ')} ms (session 6000)`,
  )
  await driver.close()
}

/** Many sends to one partition at the same time: does the idempotent producer confirm what it never wrote? */
async function sequences(broker: TestBroker, how: 'bare' | 'driver', fault: 'kill' | 'pause'): Promise<void> {
  const queue = fakeTarget('queue', fresh('sequence'), { native: { partitions: 1 } })
  const driver = await connectTo(broker.url)
  await driver.ensure(queue, 'create')
  const retry = { initialRetryTime: 50, maxRetryTime: 500, retries: 50 }
  const producer = new kafkajs.Kafka({
    brokers: [new URL(broker.url).host],
    logLevel: kafkajs.logLevel.NOTHING,
    requestTimeout: 10_000,
    retry,
  }).producer({
    idempotent: true,
    maxInFlightRequests: 1,
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  })
  await producer.connect()
  const confirmed = new Set<string>()
  let failed = 0
  const over = new AbortController()
  const loop = async (lane: number): Promise<void> => {
    for (let n = 0; !over.signal.aborted; n++) {
      const id = lane * 1_000_000 + n
      try {
        const [message] = messages(id, id + 1)
        const result =
          how === 'driver'
            ? await driver.send(queue, [message!])
            : await producer.send({
                topic: queue.address,
                messages: [{ value: Buffer.from(message!.body), headers: { 'anymq-id': message!.id } }],
              })
        if ('failed' in result) failed++
        else confirmed.add(String(id))
      } catch {
        failed++
        await wait(50)
      }
    }
  }
  const lanes = Array.from({ length: 20 }, (_, lane) => loop(lane))
  for (let n = 0; n < FAULTS; n++) {
    await wait(1000)
    if (fault === 'kill') {
      await broker.controls!.kill()
      await broker.controls!.start()
    } else {
      // Longer than the request timeout: what is in flight counts as failed, and is written when the broker goes on.
      await broker.controls!.pause()
      await wait(PAUSE)
      await broker.controls!.resume()
    }
  }
  await wait(2000)
  over.abort()
  await Promise.race([Promise.all(lanes), wait(15_000)])
  const collector = new Collector(1_000_000)
  const [log] = await driver.native.admin.fetchTopicOffsets(queue.address)
  const feed = await driver.open(queue, { ...OPEN, browse: false }, collector)
  collector.onDeliver = (batch) =>
    void feed.settle(
      batch.map(({ receipt }) => ({ receipt, action: 'ack' })),
      false,
    )
  collector.onDeliver(collector.got)
  await collector.until(Number(log!.high), 60_000)
  const inLog = new Set(collector.ids)
  const missing = [...confirmed].filter((id) => !inLog.has(id)).length
  console.log(
    `20 sends at once to one partition, ${how === 'bare' ? 'kafkajs idempotent, maxInFlightRequests 1' : 'the driver'}, ${FAULTS} ${fault}s: ${confirmed.size} confirmed, of them not in the log ${missing}; duplicates ${collector.got.length - inLog.size}; ${failed} failed`,
  )
  await Promise.race([producer.disconnect(), wait(2000)])
  await driver.close()
}

interface Load {
  readonly confirmed: Set<string>
  readonly failed: string[]
  stop(): Promise<void>
}

/** Five messages every few milliseconds. */
function sendUntilStopped(driver: Awaited<ReturnType<typeof connectTo>>, queue: ReturnType<typeof fakeTarget>): Load {
  const confirmed = new Set<string>()
  const failed: string[] = []
  const over = new AbortController()
  const running = (async () => {
    for (let n = 0; !over.signal.aborted; n += 5) {
      const result = await driver.send(queue, messages(n, n + 5))
      const bad = new Set(result.failed?.map(({ index }) => index))
      for (let at = 0; at < 5; at++) {
        if (bad.has(at)) failed.push(String(n + at))
        else confirmed.add(String(n + at))
      }
      await wait(5)
    }
  })()
  return {
    confirmed,
    failed,
    stop: async () => {
      over.abort()
      await running
    },
  }
}
