import { seededRandomness } from '@anymq/core/testing'
import { fakeTarget } from '@anymq/core/testing'
import { startBroker, type TestBroker } from '@anymq/test-brokers'
import type { Settlement, Target } from '@anymq/core/driver'
import { connect, type ChannelModel } from 'amqplib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { collect, connectTo, cut, freshName, numbered, until, type Receipt } from './harness.ts'

/** The same choices in every run. */
const random = seededRandomness(1)

let server: TestBroker
let model: ChannelModel

beforeAll(async () => {
  server = await startBroker('rabbitmq')
  model = await connect(server.url)
})
afterAll(async () => {
  await model.close()
  await server.stop()
})

/** A connection, and a queue with messages `1` to `count`. */
async function filled(count: number, more: Partial<Target> = {}) {
  const driver = await connectTo({ url: server.url })
  const target = fakeTarget('queue', freshName(), more)
  await driver.ensure(target, 'create')
  if (count > 0) expect(await driver.send(target, numbered(count))).toEqual({})
  return { driver, target }
}

function ack(receipt: Receipt): Settlement<Receipt> {
  return { receipt, action: 'ack' }
}

function release(receipt: Receipt): Settlement<Receipt> {
  return { receipt, action: 'release', delay: 0, failed: false, attempt: 0, note: '' }
}

function shuffled<T>(values: readonly T[]): T[] {
  return values
    .map((value) => ({ value, at: random.next() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ value }) => value)
}

/** All that is left in a queue, as another connection sees it. */
async function leftIn(target: Target, expected: number): Promise<{ ids: string[]; deliveries: number[] }> {
  const driver = await connectTo({ url: server.url })
  const { feed, collector } = await collect(driver, target, 1001)
  await collector.until(expected)
  // What is published now comes after all that was there before.
  await driver.send(target, [{ ...numbered(1)[0]!, id: 'end', headers: { 'anymq-id': 'end' } }])
  await collector.until(expected + 1)
  const before = collector.got.slice(0, collector.ids.indexOf('end'))
  await feed.settle(
    collector.got.map(({ receipt }) => ack(receipt)),
    true,
  )
  await driver.close()
  return { ids: before.map(({ id }) => id), deliveries: before.map(({ deliveries }) => deliveries) }
}

describe('settle.out-of-order: whatever the order of settlement, exactly the unsettled come again, in order', () => {
  test.each([1, 7, 300])('in batches of %i', async (size) => {
    const { driver, target } = await filled(300)
    const { feed, collector } = await collect(driver, target, 300)
    const got = await collector.until(300)
    const chosen = shuffled(got).slice(0, 200)
    for (let n = 0; n < chosen.length; n += size) {
      const batch = chosen.slice(n, n + size).map(({ receipt }) => ack(receipt))
      expect(await feed.settle(batch, false)).toEqual({})
    }
    // Its answer comes behind the acks.
    await feed.stop()
    cut(driver.native.consuming)
    const done = new Set(chosen.map(({ id }) => id))
    const open = got.map(({ id }) => id).filter((id) => !done.has(id))
    expect((await leftIn(target, open.length)).ids).toEqual(open)
    await driver.native.sending.close()
  })

  test('also when the connection is closed in the same moment', async () => {
    const { driver, target } = await filled(300)
    const { feed, collector } = await collect(driver, target, 300)
    const got = await collector.until(300)
    const settled = feed.settle(
      got.slice(100).map(({ receipt }) => ack(receipt)),
      false,
    )
    await Promise.all([settled, driver.close()])
    const open = got.slice(0, 100).map(({ id }) => id)
    expect((await leftIn(target, 100)).ids).toEqual(open)
  })
})

test('close.sequence: a close right behind a burst of acknowledgements loses none of them', async () => {
  const { driver, target } = await filled(0)
  for (let round = 0; round < 5; round++) {
    await driver.send(target, numbered(1000))
    const { feed, collector } = await collect(driver, target, 1000)
    await collector.until(1000)
    await feed.stop()
    // Each in a frame of its own.
    const settled = collector.got.map(({ receipt }) => feed.settle([ack(receipt)], false))
    await Promise.all([...settled, feed.close()])
    expect((await leftIn(target, 0)).ids).toEqual([])
  }
  await driver.close()
})

test('settle.first-wins: a receipt settles once; the second time it is lost and touches nothing', async () => {
  const { driver, target } = await filled(2)
  const { feed, collector } = await collect(driver, target, 2)
  const [first] = await collector.until(2)
  const again = await feed.settle([ack(first!.receipt), ack(first!.receipt), release(first!.receipt)], false)
  expect(again.failed?.map(({ index, failure }) => [index, failure.code])).toEqual([
    [1, 'MQ_LEASE_LOST'],
    [2, 'MQ_LEASE_LOST'],
  ])
  await feed.stop()
  await feed.close()
  expect((await leftIn(target, 1)).ids).toEqual(['2'])
  await driver.close()
})

describe('settle.release: what is given back at close comes again in order; from 4.3 on it counts no delivery', () => {
  test.each([
    ['stopped, then closed', true],
    ['closed at once', false],
  ])('%s', async (_, stops) => {
    const { driver, target } = await filled(20)
    const { feed, collector } = await collect(driver, target, 10)
    await collector.until(10)
    if (stops) await feed.stop()
    await feed.close()
    const { ids, deliveries } = await leftIn(target, 20)
    expect(ids).toEqual(numbered(20).map(({ id }) => id))
    if (driver.manifest.deliveries === 'exact') expect(new Set(deliveries)).toEqual(new Set([1]))
    await driver.close()
  })

  test('its count is there when close resolves', async () => {
    const { driver, target } = await filled(200)
    for (let round = 0; round < 5; round++) {
      const { feed, collector } = await collect(driver, target, 200)
      await collector.until(200)
      await feed.stop()
      await feed.close()
      expect((await driver.stats(target)).ready).toBe(200)
    }
    await driver.close()
  })
})

describe('window: another one loses nothing and repeats nothing', () => {
  test('larger and smaller, under flow', async () => {
    const { driver, target } = await filled(2000)
    const { feed, collector } = await collect(driver, target, 10)
    let settled = 0
    for (let window = 20; collector.got.length < 2000; window = (window % 100) + 17) {
      const batch = collector.got.slice(settled).map(({ receipt }) => ack(receipt))
      settled += batch.length
      await feed.settle(batch, false)
      await feed.resize(window)
      await until(
        () => collector.got.length > settled || collector.got.length === 2000,
        () => `stands still at ${collector.got.length}`,
      )
    }
    // Not the order: what a cancelled consumer gets may come after what its successor gets.
    expect(new Set(collector.ids).size).toBe(2000)
    expect(collector.got).toHaveLength(2000)
    await driver.close()
  })

  test('a stop right behind a change ends what the change has started', async () => {
    const { driver, target } = await filled(0)
    const { feed, collector } = await collect(driver, target, 10)
    const resizing = feed.resize(20)
    await feed.stop()
    await resizing
    await driver.send(target, numbered(3))
    expect((await leftIn(target, 3)).ids).toEqual(['1', '2', '3'])
    expect(collector.ids).toEqual([])
    await driver.close()
  })
})

test('life.resumes: a consumer that the broker cancels is a dead feed, and gives back what it held elsewhere', async () => {
  const { driver, target } = await filled(1)
  const { collector } = await collect(driver, target, 10)
  await collector.until(1)
  const channel = await model.createChannel()
  await channel.deleteQueue(target.address)
  await channel.close()
  await until(
    () => collector.failures.length === 1,
    () => `${collector.failures.length} failures were told`,
  )
  await driver.ensure(target, 'create')
  await driver.send(target, numbered(2))
  const { collector: next } = await collect(driver, target, 10)
  await next.until(2)
  expect(next.ids).toEqual(['1', '2'])
  await driver.close()
})
