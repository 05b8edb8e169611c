import { fakeTarget } from '@anymq/core/testing'
import { startBroker, type TestBroker } from '@anymq/test-brokers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Collector, connectTo, messages } from './harness.ts'

const OPEN = { window: 100, span: 16_384, lease: 30_000, preference: 1, browse: false } as const

let broker: TestBroker

beforeAll(async () => {
  broker = await startBroker('kafka', { own: true })
})
afterAll(async () => broker.stop())

test('kill -9 of the broker: sends, deliveries and acknowledgements go on, nothing confirmed is lost', async () => {
  const driver = await connectTo(broker.url)
  const queue = fakeTarget('queue', 'restart')
  await driver.ensure(queue, 'create')
  const collector = new Collector(50)
  const feed = await driver.open(queue, OPEN, collector)
  collector.onDeliver = (batch) => {
    for (const { receipt } of batch) void feed.settle([{ receipt, action: 'ack' }], false).then(() => collector.want(1))
  }
  const confirmed = new Set<string>()
  const send = async (from: number): Promise<void> => {
    const { failed = [] } = await driver.send(queue, messages(from, from + 10))
    const bad = new Set(failed.map(({ index }) => index))
    for (let n = 0; n < 10; n++) if (!bad.has(n)) confirmed.add(String(from + n))
  }
  await send(0)
  await collector.until(10)
  const down = broker.controls!.kill()
  const during = send(10)
  await down
  await broker.controls!.start()
  await during
  await send(20)
  expect(confirmed.has('29')).toBe(true)
  await expect.poll(() => [...confirmed].filter((id) => !collector.ids.includes(id)), { timeout: 30_000 }).toEqual([])
  await expect.poll(async () => (await driver.stats(queue)).ready, { timeout: 30_000 }).toBe(0)
  await driver.close()
})
