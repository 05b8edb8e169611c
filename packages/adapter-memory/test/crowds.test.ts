import { queue, type } from '@anymq/core'
import type { Feed, Incoming, Settlement, Sink } from '@anymq/core/driver'
import { seededRandomness } from '@anymq/core/testing'
import { expect, onTestFinished, test } from 'vitest'
import { rawClient, targetOf } from './raw.ts'
import { world, type World } from './world.ts'

const CROWD = 40_000
const IDS = Array.from({ length: CROWD }, (_, i) => `j-${i}`)
/** Milliseconds of the machine. A quadratic step with so many takes seconds. */
const QUICK = 3000
const jobs = queue('jobs', { schema: type<number>() })

/** Takes whatever there is. */
class Crowd implements Sink<unknown> {
  got: Incoming<unknown>[] = []
  revoked = 0

  deliver(batch: readonly Incoming<unknown>[]): void {
    this.got.push(...batch)
  }

  demand(): number {
    return CROWD
  }

  revoke(lost: (receipt: unknown) => boolean): void {
    this.revoked += this.got.filter(({ receipt }) => lost(receipt)).length
  }

  fail(error: unknown): void {
    throw error
  }

  get ids(): string[] {
    return this.got.map(({ id }) => id)
  }
}

/** A consumer that holds a crowd of messages, in the order in which they were sent. */
async function holding(): Promise<{ w: World; crowd: Crowd; feed: Feed<unknown>; next: () => Promise<Crowd> }> {
  const w = world([jobs])
  const { driver, send } = await rawClient(w)
  onTestFinished(() => driver.close())
  await driver.ensure(targetOf('jobs'), 'create')
  await Promise.all(IDS.map((id) => send('jobs', { body: '1', id })))
  const open = async (): Promise<{ crowd: Crowd; feed: Feed<unknown> }> => {
    const crowd = new Crowd()
    const options = { window: CROWD, span: CROWD, lease: 60_000, preference: 0, browse: false }
    const feed = await driver.open(targetOf('jobs'), options, crowd)
    await w.clock.settle()
    return { crowd, feed }
  }
  const first = await open()
  expect(first.crowd.got).toHaveLength(CROWD)
  return { w, ...first, next: async () => (await open()).crowd }
}

async function took(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

const release = ({ receipt }: Incoming<unknown>, delay: number): Settlement<unknown> => ({
  receipt,
  action: 'release',
  delay,
  failed: delay > 0,
  attempt: 0,
  note: '',
})

test('settle.release: a crowd that is given back at once, in any order, is in line again, and quickly', async () => {
  const { crowd, feed, next } = await holding()
  await feed.stop()
  const random = seededRandomness(1)
  const places = new Map(IDS.map((id) => [id, random.next()]))
  const shuffled = crowd.got.toSorted((a, b) => places.get(a.id)! - places.get(b.id)!)
  const batch = shuffled.map((incoming) => release(incoming, 0))
  expect(await took(() => feed.settle(batch, true))).toBeLessThan(QUICK)
  expect((await next()).ids).toEqual(IDS)
})

test('settle.release: a feed that closes gives back the crowd that it holds quickly', async () => {
  const { feed, next } = await holding()
  expect(await took(() => feed.close())).toBeLessThan(QUICK)
  expect((await next()).ids).toEqual(IDS)
})

test('retry.no-slot: a crowd of retries whose times lie apart comes back, each in its time, and quickly', async () => {
  const { w, crowd, feed } = await holding()
  const random = seededRandomness(1)
  const delays = new Map(IDS.map((id) => [id, 500 + random.next() * 500]))
  await feed.settle(
    crowd.got.map((incoming) => release(incoming, delays.get(incoming.id)!)),
    true,
  )
  crowd.got = []
  await w.clock.advance('499ms')
  expect(crowd.got).toEqual([])
  const start = w.clock.now() - 499
  expect(await took(() => w.clock.advance('1s'))).toBeLessThan(QUICK)
  expect(crowd.got).toHaveLength(CROWD)
  for (const { id, brokerTime } of crowd.got) {
    const late = brokerTime - start - delays.get(id)!
    if (late < 0 || late >= 1) expect([id, late]).toEqual([id, 0])
  }
})

test('lease.lost-signal: a crowd of leases that ends at once is told once, and quickly', async () => {
  const { w, crowd } = await holding()
  expect(await took(() => w.clock.advance('60s'))).toBeLessThan(QUICK)
  expect(crowd.revoked).toBe(CROWD)
  expect(crowd.got).toHaveLength(2 * CROWD)
})
