import { fixed, queue, RetryAfter, type } from '@anymq/core'
import { expect, test } from 'vitest'
import { memory, type MemoryAdapter, type MemoryManifest, type MemoryServer } from '../src/index.ts'
import { finish, world } from './world.ts'

const steps = queue('steps', {
  schema: type<number>(),
  ordering: { key: () => 'a', shards: 2 },
  retry: { attempts: 3, backoff: fixed('10m') },
})

/** Its broker keeps a delivery for a minute, however often it is extended, and has one holder for each part. */
function impatient(server: MemoryServer): MemoryAdapter {
  const full = memory({ server, mask: ['ordering'] })
  const shortened = (manifest: MemoryManifest): MemoryManifest => ({ ...manifest, maxHold: 60_000 })
  return {
    ...full,
    offers: shortened(full.offers),
    connect: async (context, signal) => {
      const driver = await full.connect(context, signal)
      return { ...driver, manifest: shortened(driver.manifest) }
    },
  }
}

test('order.block: a hold longer than maxHold goes back and comes again without ever opening its key, and keeps its count', async () => {
  const w = world([steps])
  const b = await w.broker({}, impatient(w.server))
  const runs: [number, number, number][] = []
  const start = w.clock.now()
  b.consumer(steps).subscribe((message) => {
    runs.push([message.body, message.attempt, Math.floor((w.clock.now() - start) / 60_000)])
    if (message.body === 0) throw new Error('no')
  })
  await b.producer(steps).sendBatch([0, 1, 2].map((body) => ({ body })))
  await w.clock.advance('5m')
  // The broker has counted deliveries and no death: what goes back is no crash.
  expect(runs).toEqual([[0, 1, 0]])
  await w.clock.advance('20m')
  expect(runs).toEqual([
    [0, 1, 0],
    [0, 2, 10],
    [0, 3, 20],
    [1, 1, 20],
    [2, 1, 20],
  ])
  expect(await b.stats(steps)).toMatchObject({ ready: 0, leased: 0, dead: 1 })
})

test("order.starts: closed while its key waits beyond maxHold, the message is another process's at once", async () => {
  const w = world([steps])
  const first = await w.broker({}, impatient(w.server))
  await first.producer(steps).sendBatch([0, 1].map((body) => ({ body })))
  const work = first.consumer(steps).subscribe(() => {
    throw new Error('no')
  })
  await w.clock.advance('150s')
  const closing = work.close()
  await w.clock.advance('1s')
  await closing
  const second = await w.broker({}, impatient(w.server))
  const seen: number[] = []
  second.consumer(steps).subscribe(({ body }) => void seen.push(body))
  await w.clock.advance('1s')
  expect(seen).toEqual([0, 1])
})

test('consume.pause: a failed head that waits while its subscription is paused is kept no longer than maxHold', async () => {
  const w = world([steps])
  const b = await w.broker({}, impatient(w.server))
  const runs: [number, number][] = []
  const work = b.consumer(steps).subscribe(({ body, attempt }) => {
    runs.push([body, attempt])
    if (runs.length === 1) throw new RetryAfter('1s')
  })
  await b.producer(steps).sendBatch([0, 1].map((body) => ({ body })))
  await w.clock.advance('100ms')
  work.pause()
  await w.clock.advance('50s')
  expect(await b.stats(steps)).toMatchObject({ ready: 0, leased: 2 })
  await w.clock.advance('10s')
  expect(await b.stats(steps)).toMatchObject({ ready: 2, leased: 0 })
  work.resume()
  await w.clock.advance('1s')
  expect(runs.map(([body]) => body)).toEqual([0, 0, 1])
})

test('capability.never-weakened, batch.size-and-wait: a batch that would gather longer than a delivery can be held is refused', async () => {
  const w = world([steps])
  const b = await w.broker({}, impatient(w.server))
  const consumer = b.consumer(steps)
  expect(() => consumer.subscribeBatch(() => undefined, { max: 10, within: '61s' })).toThrow(
    /batches of "steps" > within: is .*; this broker allows 1m/,
  )
  await finish(w.clock, consumer.subscribeBatch(() => undefined, { max: 10, within: '1m' }).close())
})
