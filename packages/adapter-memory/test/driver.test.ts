import { queue, type } from '@anymq/core'
import type { Feed, Incoming, Sink } from '@anymq/core/driver'
import { expect, test } from 'vitest'
import { memoryServer } from '../src/index.ts'
import { rawClient, targetOf, type RawClient } from './raw.ts'
import { world, type World } from './world.ts'

const LEASE = 10_000
const jobs = queue('jobs', { schema: type<string>() })

/** A sink that collects, and wants as much as it is told to. */
class Bucket implements Sink<unknown> {
  readonly got: Incoming<unknown>[] = []
  readonly revoked: string[] = []
  want: number

  constructor(want: number) {
    this.want = want
  }

  deliver(batch: readonly Incoming<unknown>[]): void {
    this.got.push(...batch)
    this.want -= batch.length
  }

  demand(): number | Promise<number> {
    return this.want > 0 ? this.want : new Promise<number>(() => undefined)
  }

  revoke(lost: (receipt: unknown) => boolean): void {
    this.revoked.push(...this.got.filter(({ receipt }) => lost(receipt)).map(({ id }) => id))
  }

  fail(error: unknown): void {
    throw error
  }
}

async function opened(w: World, client: RawClient, want: number): Promise<{ bucket: Bucket; feed: Feed<unknown> }> {
  const bucket = new Bucket(want)
  const feed = await client.driver.open(
    targetOf('jobs'),
    { window: want, span: want, lease: LEASE, preference: 0, browse: false },
    bucket,
  )
  await w.clock.settle()
  return { bucket, feed }
}

async function setUp(messages: number): Promise<{ w: World; client: RawClient }> {
  const w = world([jobs])
  const client = await rawClient(w)
  await client.driver.ensure(targetOf('jobs'), 'create')
  for (let i = 0; i < messages; i++) await client.send('jobs', { body: String(i), id: `j-${i}` })
  return { w, client }
}

test('settle.lease-lost: a receipt of an ended lease touches nothing, in particular not the next holder', async () => {
  const { w, client } = await setUp(1)
  const first = await opened(w, client, 1)
  await w.clock.advance(LEASE)
  expect(first.bucket.revoked).toEqual(['j-0'])
  const second = await opened(w, client, 1)
  const [stale, held] = [first.bucket.got[0]!.receipt, second.bucket.got[0]!.receipt]
  const moves = { to: targetOf('jobs'), message: { id: 'x' } as never }
  for (const settlement of [
    { receipt: stale, action: 'ack' },
    { receipt: stale, action: 'release', delay: 0, failed: false, attempt: 0, note: '' },
    { receipt: stale, action: 'extend', lease: LEASE },
    { receipt: stale, action: 'move', ...moves },
  ] as const) {
    expect(await first.feed.settle([settlement], true)).toMatchObject({
      failed: [{ index: 0, failure: { code: 'MQ_LEASE_LOST' } }],
    })
  }
  expect(await client.driver.stats(targetOf('jobs'))).toMatchObject({ ready: 0, leased: 1 })
  expect(await second.feed.settle([{ receipt: held, action: 'ack' }], true)).toEqual({})
  expect(w.server.messages).toBe(0)
  await client.driver.close()
})

test('the same feed that gets a message again cannot settle it by the old receipt', async () => {
  const { w, client } = await setUp(1)
  const { bucket, feed } = await opened(w, client, 2)
  await w.clock.advance(LEASE)
  expect(bucket.got.map(({ deliveries }) => deliveries)).toEqual([1, 2])
  expect(await feed.settle([{ receipt: bucket.got[0]!.receipt, action: 'ack' }], true)).toMatchObject({
    failed: [{ index: 0 }],
  })
  expect(await feed.settle([{ receipt: bucket.got[1]!.receipt, action: 'ack' }], true)).toEqual({})
  await client.driver.close()
})

test('demand: never more than was wanted, and feeds share', async () => {
  const { w, client } = await setUp(100)
  const [one, two] = [await opened(w, client, 7), await opened(w, client, 9)]
  expect([one.bucket.got.length, two.bucket.got.length]).toEqual([7, 9])
  expect(await client.driver.stats(targetOf('jobs'))).toMatchObject({ ready: 84, leased: 16 })
  await client.driver.close()
})

test('a release that is no failure leaves no trace and returns the message to its place', async () => {
  const { w, client } = await setUp(3)
  const first = await opened(w, client, 2)
  await first.feed.settle(
    [{ receipt: first.bucket.got[1]!.receipt, action: 'release', delay: 0, failed: false, attempt: 0, note: '' }],
    true,
  )
  await first.feed.close()
  const second = await opened(w, client, 3)
  expect(second.bucket.got.map(({ id, deliveries, attempt }) => [id, deliveries, attempt])).toEqual([
    ['j-0', 1, 0],
    ['j-1', 1, 0],
    ['j-2', 1, 0],
  ])
  await client.driver.close()
})

test('a failed release keeps attempt and note, and waits at least its delay', async () => {
  const { w, client } = await setUp(1)
  const { bucket, feed } = await opened(w, client, 2)
  await feed.settle(
    [{ receipt: bucket.got[0]!.receipt, action: 'release', delay: 5000, failed: true, attempt: 3, note: 'first' }],
    true,
  )
  await w.clock.advance(4999)
  expect(bucket.got).toHaveLength(1)
  await w.clock.advance(1)
  expect(bucket.got[1]).toMatchObject({ id: 'j-0', attempt: 3, note: 'first', deliveries: 2 })
  await client.driver.close()
})

test('bodies are copies: what one delivery does to its bytes does not reach the next', async () => {
  const { w, client } = await setUp(1)
  const first = await opened(w, client, 1)
  first.bucket.got[0]!.body!.fill(0)
  await first.feed.close()
  const second = await opened(w, client, 1)
  expect(Buffer.from(second.bucket.got[0]!.body!).toString()).toBe('0')
  await client.driver.close()
})

test('the server is bounded in messages and bytes, and room comes back', async () => {
  const server = memoryServer({ maxMessages: 3, maxBytes: 10 })
  const w = world([jobs], server)
  const client = await rawClient(w)
  await client.driver.ensure(targetOf('jobs'), 'create')
  await client.send('jobs', { body: '12345678' })
  await expect(client.send('jobs', { body: '123' })).rejects.toThrow(/did not take it/)
  await client.send('jobs', { body: '12' })
  expect([server.messages, server.bytes]).toEqual([2, 10])
  await client.driver.purge(targetOf('jobs'))
  expect([server.messages, server.bytes]).toEqual([0, 0])
  await client.driver.close()
})
