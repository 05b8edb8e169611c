import { fakeTarget } from '@anymq/core/testing'
import { startBroker, type TestBroker } from '@anymq/test-brokers'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { Collector, connectTo, messages } from './harness.ts'

const OPEN = { window: 100, span: 16_384, lease: 30_000, preference: 1, browse: false } as const
const NOTHING_MORE = 400

let broker: TestBroker
let count = 0

beforeAll(async () => {
  broker = await startBroker('kafka')
})
afterAll(async () => broker.stop())

/** A driver that is closed when the test is over. */
async function driver(options: Parameters<typeof connectTo>[1] = {}): ReturnType<typeof connectTo> {
  const made = await connectTo(broker.url, options)
  onTestFinished(() => made.close())
  return made
}

function fresh(name: string): string {
  return `${name}-${Date.now().toString(36)}-${count++}`
}

function quiet(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, NOTHING_MORE))
}

const ack = ({ receipt }: Collector['got'][number]) => ({ receipt, action: 'ack' }) as const
const release = ({ receipt }: Collector['got'][number], delay = 0) =>
  ({ receipt, action: 'release', delay, failed: false, attempt: 0, note: '' }) as const
const numbers = (from: number, to: number): string[] => messages(from, to).map(({ id }) => id)
const sorted = (ids: readonly string[]): string[] => ids.toSorted((a, b) => Number(a) - Number(b))

test('what is sent comes as it was: id, body, headers, key', async () => {
  const it = await driver()
  const queue = fakeTarget('queue', fresh('whole'))
  await it.ensure(queue, 'create')
  const [message] = messages(7, 8, 'customer-1')
  expect(await it.send(queue, [{ ...message!, headers: { ...message!.headers, 'x-text': 'grün' } }])).toEqual({})
  const collector = new Collector(1)
  await it.open(queue, OPEN, collector)
  const [incoming] = await collector.until(1)
  expect(incoming).toMatchObject({
    id: '7',
    idSource: 'producer',
    key: 'customer-1',
    headers: { 'anymq-id': '7', 'anymq-v': '1', 'x-text': 'grün' },
    leaseUntil: 0,
  })
  expect(Buffer.from(incoming!.body!).toString()).toBe('7')
  expect(incoming!.sentAt).toBeCloseTo(Date.now(), -4)
})

test('never more than is wanted; what is acknowledged is stored, out of order, and the next consumer gets exactly the rest', async () => {
  const [one, two] = [await driver(), await driver()]
  const queue = fakeTarget('queue', fresh('rest'))
  await one.ensure(queue, 'create')
  await one.send(queue, messages(0, 60))
  const collector = new Collector(40)
  const feed = await one.open(queue, OPEN, collector)
  await collector.until(40)
  await quiet()
  expect(collector.got).toHaveLength(40)
  const chosen = collector.got.filter((_, n) => n % 3 !== 0).toReversed()
  expect(await feed.settle(chosen.map(ack), true)).toEqual({})
  expect(await two.stats(queue)).toMatchObject({ ready: 60 - chosen.length })
  await feed.close()
  const next = new Collector(100)
  await two.open(queue, OPEN, next)
  await next.until(60 - chosen.length)
  await quiet()
  const done = new Set(chosen.map(({ id }) => id))
  expect(sorted(next.ids)).toEqual(numbers(0, 60).filter((id) => !done.has(id)))
})

test('a released message comes again as a new delivery; the old receipt is void', async () => {
  const it = await driver()
  const queue = fakeTarget('queue', fresh('again'))
  await it.ensure(queue, 'create')
  await it.send(queue, messages(0, 2))
  const collector = new Collector(2)
  const feed = await it.open(queue, OPEN, collector)
  const [first, second] = await collector.until(2)
  expect(await feed.settle([release(first!), release(second!, 50)], true)).toEqual({})
  collector.want(2)
  await collector.until(4)
  expect(sorted(collector.ids.slice(2))).toEqual(['0', '1'])
  expect(await feed.settle([ack(first!)], true)).toMatchObject({
    failed: [{ index: 0, failure: { code: 'MQ_LEASE_LOST' } }],
  })
  expect(await feed.settle(collector.got.slice(2).map(ack), true)).toEqual({})
  expect(await it.stats(queue)).toMatchObject({ ready: 0 })
})

test('a rebalance revokes, keeps what was finished, and refuses receipts of the old assignment', async () => {
  const [one, two] = [await driver(), await driver()]
  const queue = fakeTarget('queue', fresh('moves'))
  await one.ensure(queue, 'create')
  for (let n = 0; n < 40; n++) await one.send(queue, messages(n, n + 1))
  const stays = new Collector(1000)
  const feed = await one.open(queue, OPEN, stays)
  await stays.until(40)
  const finished = stays.got.slice(0, 10)
  const pending = feed.settle(finished.map(ack), false)
  const comes = new Collector(1000)
  await two.open(queue, OPEN, comes)
  expect(await pending).toEqual({})
  const old = stays.got[20]!
  await Promise.race([stays.until(45), comes.until(5)])
  await quiet()
  expect(stays.revoked).toHaveLength(30)
  expect(await feed.settle([ack(old)], true)).toMatchObject({
    failed: [{ index: 0, failure: { code: 'MQ_LEASE_LOST' } }],
  })
  const again = [...stays.ids.slice(40), ...comes.ids]
  const done = new Set(finished.map(({ id }) => id))
  expect(sorted(again)).toEqual(numbers(0, 40).filter((id) => !done.has(id)))
  expect(comes.got.length).toBeGreaterThan(0)
})

test('a partition that another had rests for the hand-over before its first delivery', async () => {
  const [one, two] = [await driver({ handover: 1000 }), await driver({ handover: 1000 })]
  const queue = fakeTarget('queue', fresh('rests'))
  await one.ensure(queue, 'create')
  for (let n = 0; n < 20; n++) await one.send(queue, messages(n, n + 1))
  const stays = new Collector(1000)
  await one.open(queue, OPEN, stays)
  await stays.until(20)
  const revoked = Promise.withResolvers<number>()
  stays.revoke = () => revoked.resolve(performance.now())
  const comes = new Collector(1000)
  await two.open(queue, OPEN, comes)
  await comes.until(1)
  expect(performance.now() - (await revoked.promise)).toBeGreaterThan(990)
})

test('a group begins where it is told to, each group gets all, and its inbox is its own', async () => {
  const it = await driver()
  const topic = fakeTarget('topic', fresh('topic'))
  await it.ensure(topic, 'create')
  await it.send(topic, messages(0, 10))
  const later = fakeTarget('group', `${topic.address}.g-later`, { of: topic.address })
  const early = fakeTarget('group', `${topic.address}.g-early`, { of: topic.address, from: 'oldest' })
  await Promise.all([it.ensure(later, 'create'), it.ensure(later, 'create'), it.ensure(early, 'create')])
  await it.send(topic, messages(10, 20))
  await it.send({ ...later, role: 'inbox' }, messages(90, 92))
  const [some, all] = [new Collector(100), new Collector(100)]
  await it.open(later, OPEN, some)
  await it.open(early, OPEN, all)
  await some.until(12)
  await all.until(20)
  await quiet()
  expect(sorted(some.ids)).toEqual([...numbers(10, 20), '90', '91'])
  expect(sorted(all.ids)).toEqual(numbers(0, 20))
})

test('a look changes nothing and disturbs nobody', async () => {
  const it = await driver()
  const queue = fakeTarget('queue', fresh('look'), { role: 'dead' })
  await it.ensure(queue, 'create')
  await it.send(queue, messages(0, 10))
  const holder = new Collector(10)
  const feed = await it.open(queue, OPEN, holder)
  await holder.until(10)
  await feed.settle(holder.got.slice(0, 4).map(ack), true)
  const left = holder.ids.slice(4)
  const looker = new Collector(100)
  const look = await it.open(queue, { ...OPEN, browse: true }, looker)
  await looker.until(left.length)
  await quiet()
  expect(sorted(looker.ids)).toEqual(sorted(left))
  await look.close()
  expect(holder.revoked).toEqual([])
  expect(await feed.settle(holder.got.slice(4).map(ack), true)).toEqual({})
  expect(await it.stats(queue)).toMatchObject({ ready: 0 })
})

test('nothing is delivered after stop, and what is settled then is stored', async () => {
  const it = await driver()
  const queue = fakeTarget('queue', fresh('stop'))
  await it.ensure(queue, 'create')
  await it.send(queue, messages(0, 5))
  const collector = new Collector(100)
  const feed = await it.open(queue, OPEN, collector)
  await collector.until(5)
  await feed.stop()
  await it.send(queue, messages(5, 10))
  await quiet()
  expect(collector.got).toHaveLength(5)
  expect(await feed.settle(collector.got.map(ack), true)).toEqual({})
  await feed.close()
  expect(await it.stats(queue)).toMatchObject({ ready: 5 })
})

test('one message that is never settled stops its partition at the span, and nothing is lost when it is', async () => {
  const it = await driver()
  const queue = fakeTarget('queue', fresh('span'), { native: { partitions: 1 } })
  await it.ensure(queue, 'create')
  const total = 17_000
  for (let n = 0; n < total; n += 500) await it.send(queue, messages(n, n + 500))
  const collector = new Collector(total)
  const feed = await it.open(queue, OPEN, collector)
  collector.onDeliver = (batch) => void feed.settle(batch.filter(({ id }) => id !== '0').map(ack), false)
  await collector.until(16_384)
  await quiet()
  expect(collector.got).toHaveLength(16_384)
  expect(await it.stats(queue)).toMatchObject({ ready: total - 16_383 })
  expect(await feed.settle([ack(collector.got[0]!)], true)).toEqual({})
  await collector.until(total)
  await expect.poll(async () => (await it.stats(queue)).ready).toBe(0)
  expect(new Set(collector.ids).size).toBe(total)
})

test('what exists otherwise, what does not exist and what is not there fails with a code', async () => {
  const it = await driver()
  const queue = fakeTarget('queue', fresh('codes'), { native: { partitions: 2 } })
  await expect(it.ensure(queue, 'verify')).rejects.toSatisfy((error) => it.classify(error).code === 'MQ_NOT_FOUND')
  await it.ensure(queue, 'create')
  await expect(it.ensure({ ...queue, native: { partitions: 3 } }, 'create')).rejects.toMatchObject({
    code: 'MQ_MISMATCH',
  })
  await expect(it.purge(queue)).rejects.toMatchObject({ code: 'MQ_UNSUPPORTED' })
  await it.remove(queue)
  await it.remove(queue)
})

test('a wrong port fails at once, and may be tried again', async () => {
  const start = performance.now()
  const error: unknown = await connectTo('kafka://127.0.0.1:1').catch((thrown: unknown) => thrown)
  expect(performance.now() - start).toBeLessThan(2000)
  const it = await driver()
  expect(it.classify(error)).toMatchObject({ code: 'MQ_CONNECTION', retryable: true })
})
