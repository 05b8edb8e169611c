import { fakeTarget } from '@anymq/core/testing'
import { rabbitmq } from '@anymq/adapter-rabbitmq'
import { createBroker, fixed, queue, silentLogger, type, type Broker, type BrokerEvent } from '@anymq/core'
import { startBroker, type TestBroker } from '@anymq/test-brokers'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { connectTo, collect, freshName, numbered, until } from './harness.ts'

const jobs = queue('jobs', { schema: type<{ readonly n: number }>(), retry: { attempts: 5, backoff: fixed('100ms') } })
/** Queues that are younger can be lost by a kill of their node. */
const SETTLED = 2500

let server: TestBroker
const brokers: Broker[] = []

beforeAll(async () => {
  server = await startBroker('rabbitmq', { own: true })
})
afterEach(async () => {
  await Promise.all(brokers.splice(0).map((broker) => broker.close({ timeout: '2s' })))
})
afterAll(() => server.stop())

async function open(url = server.url): Promise<{ broker: Broker; events: BrokerEvent[] }> {
  const events: BrokerEvent[] = []
  const broker = await createBroker(rabbitmq({ url, heartbeat: 2 }), {
    definitions: [jobs],
    namespace: freshName(),
    logger: silentLogger,
    onEvent: (event) => void events.push(event),
  })
  brokers.push(broker)
  return { broker, events }
}

/** Sends and consumes until it is stopped. */
async function load({ broker }: { readonly broker: Broker }) {
  const confirmed: number[] = []
  const seen = new Set<number>()
  const end = new AbortController()
  let n = 0
  await broker.consumer(jobs).subscribe(
    async ({ body }) => {
      await wait(2)
      seen.add(body.n)
    },
    { concurrency: 20 },
  ).ready
  const one = async (): Promise<void> => {
    const own = ++n
    await broker
      .producer(jobs)
      .send({ n: own })
      .then(
        () => confirmed.push(own),
        () => wait(50),
      )
  }
  const sender = async (): Promise<void> => {
    while (!end.signal.aborted) await one()
  }
  const senders = Array.from({ length: 10 }, sender)
  /** Wait until so many more are confirmed and handled. */
  const more = async (count: number): Promise<void> => {
    const [sent, handled] = [confirmed.length + count, seen.size + count]
    await until(
      () => confirmed.length >= sent && seen.size >= handled,
      () => `${confirmed.length} of ${sent} confirmed, ${seen.size} of ${handled} handled`,
    )
  }
  /** Stop sending, and name what was confirmed and never handled. */
  const missing = async (): Promise<number[]> => {
    end.abort()
    await Promise.all(senders)
    const left = (): number[] => confirmed.filter((id) => !seen.has(id))
    await until(
      () => left().length === 0,
      () => `never handled: ${left().slice(0, 20).join(' ')}`,
    )
    return left()
  }
  return { more, missing }
}

test.each([
  ['restart', 0, () => server.controls!.restart()],
  ['kill -9', SETTLED, () => server.controls!.kill().then(() => server.controls!.start())],
])(
  'fault.broker-restart: %s while sending and consuming loses nothing that was confirmed, and all goes on',
  async (_, age, fault) => {
    const world = await open()
    const traffic = await load(world)
    await wait(age)
    await traffic.more(100)
    await fault()
    await traffic.more(100)
    expect(world.events.filter(({ event }) => event === 'connection-lost')).toHaveLength(1)
    expect(await traffic.missing()).toEqual([])
    expect(world.broker.health().status).toBe('up')
  },
)

test.each(['cut', 'halfOpen'] as const)(
  'fault.connection: %s while sending and consuming loses nothing that was confirmed, and all goes on',
  async (fault) => {
    await using proxy = await server.proxy()
    const world = await open(proxy.url)
    const traffic = await load(world)
    await traffic.more(100)
    const { connectionsOpen } = await proxy[fault]()
    if (fault === 'halfOpen') {
      expect(connectionsOpen).toBe(2)
      await until(
        () => world.events.some(({ event }) => event === 'connection-lost'),
        () => 'the silence was not noticed',
      )
      await proxy.restore()
    }
    await traffic.more(100)
    expect(await traffic.missing()).toEqual([])
  },
)

test('settle.lease-lost: a receipt of a lost connection settles nothing, and its message comes again', async () => {
  await using proxy = await server.proxy()
  const { broker } = await open(proxy.url)
  await broker.producer(jobs).send({ n: 1 }, { id: 'j-1' })
  const consumer = broker.consumer(jobs)
  const [held] = await consumer.receive({ wait: '5s' })
  await proxy.cut()
  const again = await consumer.receive({ wait: '10s' })
  await expect(held!.ack()).rejects.toMatchObject({ code: 'MQ_LEASE_LOST' })
  expect(again.map(({ id, attempt }) => [id, attempt])).toEqual([['j-1', 1]])
  await again[0]!.ack()
})

test('settle.lease-lost: a receipt of one epoch, given to the feed of the next, is lost and touches nothing', async () => {
  const target = fakeTarget('queue', freshName())
  const lines: string[] = []
  await using proxy = await server.proxy()
  const old = await connectTo({ url: proxy.url, heartbeat: 2 }, lines)
  await old.ensure(target, 'create')
  await old.send(target, numbered(1))
  const before = await collect(old, target, 5)
  const [stale] = await before.collector.until(1)
  await proxy.cut()
  await until(
    () => lines.some((line) => line.startsWith('lost: ')),
    () => `told: ${lines.join(', ')}`,
  )
  const next = await connectTo({ url: server.url })
  const after = await collect(next, target, 5)
  await after.collector.until(1)
  for (const feed of [before.feed, after.feed]) {
    const { failed } = await feed.settle([{ receipt: stale!.receipt, action: 'ack' }], true)
    expect(failed).toMatchObject([{ index: 0, failure: { code: 'MQ_LEASE_LOST' } }])
  }
  await after.feed.close()
  expect(await next.stats(target)).toMatchObject({ ready: 1 })
  await next.close()
})
