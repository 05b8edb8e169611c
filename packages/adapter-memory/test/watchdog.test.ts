import { fixed, queue, type, type Broker, type Message } from '@anymq/core'
import type { Feed } from '@anymq/core/driver'
import { seededRandomness } from '@anymq/core/testing'
import { expect, test } from 'vitest'
import type { MemoryConnection, MemoryMask } from '../src/index.ts'
import { faulty } from './faulty.ts'
import { EMULATED, lacking } from './masks.ts'
import { eventsOf, finish, sleep, world, type World } from './world.ts'

interface Job {
  readonly key: string
  readonly n: number
}

const jobs = queue('jobs', {
  schema: type<Job>(),
  ordering: { key: (job) => job.key, shards: 1 },
  retry: { attempts: 3, backoff: fixed('1h') },
})

/** A broker object that draws the same number always: how much it should have a shard depends on nothing else. */
function holder(w: World, mask: readonly MemoryMask[], draw: number): Promise<Broker<MemoryConnection>> {
  const bytes = seededRandomness(draw * 100)
  return w.broker({ random: { next: () => draw, fill: (into) => bytes.fill(into) } }, lacking(w.server, mask))
}

/** Which of two draws should have the one shard. */
async function ranked(mask: readonly MemoryMask[]): Promise<{ readonly low: number; readonly high: number }> {
  const w = world([jobs])
  const draws = [0.2, 0.7]
  const seen: number[] = []
  for (const draw of draws) {
    const b = await holder(w, mask, draw)
    await b.consumer(jobs).subscribe(() => void seen.push(draw)).ready
    await w.clock.settle()
  }
  await (await w.broker({}, lacking(w.server, mask))).send(jobs, { key: 'a', n: 1 })
  await w.clock.advance('1s')
  const [high] = seen
  return { high: high!, low: draws.find((draw) => draw !== high)! }
}

/** What ran where and when. */
interface Run {
  readonly by: string
  readonly what: string
  readonly attempt: number
  readonly from: number
  to: number
}

function recording(w: World, runs: Run[], by: string, work: (message: Message<Job>) => unknown) {
  return async (message: Message<Job>): Promise<void> => {
    const { body, attempt } = message
    const run: Run = { by, what: `${body.key}${body.n}`, attempt, from: w.clock.monotonic(), to: Infinity }
    runs.push(run)
    try {
      await work(message)
    } finally {
      run.to = w.clock.monotonic()
    }
  }
}

const send = (b: Broker, key: string, ...numbers: number[]): Promise<string[]> =>
  b.producer(jobs).sendBatch(numbers.map((n) => ({ body: { key, n } })))

test.for<[string, readonly MemoryMask[]]>([
  ['where order is emulated', ['ordering']],
  ['with every mask', EMULATED],
])(
  'life.watchdog, order.starts: a shard whose head waits for a long backoff moves to who should have it, %s',
  async ([, mask]) => {
    const { low, high } = await ranked(mask)
    const w = world([jobs])
    const [a, b] = [await holder(w, mask, low), await holder(w, mask, high)]
    const runs: Run[] = []
    const poisoned = ({ body }: Message<Job>): void => {
      if (body.key === 'p' && body.n === 1) throw new Error('poisoned')
    }
    await a.consumer(jobs).subscribe(recording(w, runs, 'a', poisoned)).ready
    await send(a, 'p', 1, 2, 3)
    await send(a, 'q', 1)
    await w.clock.advance('1s')
    b.consumer(jobs).subscribe(recording(w, runs, 'b', poisoned))
    await w.clock.advance('1s')
    expect(runs.map(({ by, what }) => by + what)).toEqual(['ap1', 'aq1'])
    await send(a, 'q', 2, 3)
    await send(a, 'p', 4)
    await w.clock.advance('21s')
    expect(runs.slice(2).map(({ by, what }) => by + what)).toEqual(['bp1', 'bq2', 'bq3'])
    await w.clock.advance('5h')
    expect(runs.filter(({ by, what }) => by === 'b' && what !== 'p1').map(({ what }) => what)).toEqual([
      'q2',
      'q3',
      'p2',
      'p3',
      'p4',
    ])
    expect(await b.stats(jobs)).toMatchObject({ ready: 0, leased: 0, delayed: 0, dead: 1 })
    const attempts = runs.filter(({ what }) => what === 'p1').map(({ attempt }) => attempt)
    expect(attempts).toEqual(mask.includes('countsFailures') ? [1, 1, 2, 3] : [1, 2, 3])
  },
)

test('life.watchdog, order.starts: what a handler runs stays, and the shard moves when it is done; nothing overlaps', async () => {
  const mask = ['ordering'] as const
  const { low, high } = await ranked(mask)
  const w = world([jobs])
  const [a, b] = [await holder(w, mask, low), await holder(w, mask, high)]
  const runs: Run[] = []
  const slow = ({ body }: Message<Job>): unknown =>
    body.key === 's' && body.n === 1 ? sleep(w.clock, 40_000) : undefined
  a.consumer(jobs).subscribe(recording(w, runs, 'a', slow))
  await send(a, 's', 1, 2, 3)
  await w.clock.advance('1s')
  b.consumer(jobs).subscribe(recording(w, runs, 'b', slow))
  await w.clock.settle()
  await send(a, 't', 1)
  await w.clock.advance('2m')
  expect(runs.map(({ by, what }) => by + what)).toEqual(['as1', 'bs2', 'bt1', 'bs3'].toSorted(byStart(runs)))
  const [first, ...later] = runs.filter(({ what }) => what.startsWith('s'))
  expect(later.map(({ what }) => what)).toEqual(['s2', 's3'])
  for (const run of later) expect(run.from).toBeGreaterThanOrEqual(first!.to)
  expect(await b.stats(jobs)).toMatchObject({ ready: 0, leased: 0, dead: 0 })
})

function byStart(runs: readonly Run[]) {
  const at = (name: string): number => runs.findIndex(({ by, what }) => by + what === name)
  return (one: string, other: string): number => at(one) - at(other)
}

const plain = queue('plain', { schema: type<number>() })

test('life.watchdog: a feed that is open and dead is opened again', async () => {
  const w = world([plain])
  let opened = 0
  const b = await w.broker(
    {},
    faulty({ open: async (_, next) => (opened++ === 0 ? deaf(await next()) : next()) }, w.server),
  )
  const seen: number[] = []
  const work = b.consumer(plain).subscribe((message) => void seen.push(message.body))
  await w.clock.settle()
  await b.send(plain, 1)
  await w.clock.advance('20s')
  await b.send(plain, 2)
  await w.clock.advance('1s')
  expect([seen, opened, eventsOf(w.events, 'lease-lost')]).toEqual([[1, 2], 2, []])
  await finish(w.clock, work.close())
})

/** It looks open, and brings nothing. */
async function deaf(feed: Feed<unknown>): Promise<Feed<unknown>> {
  await feed.close()
  return {
    alive: 0,
    settle: async () => ({}),
    resize: async () => undefined,
    stop: async () => undefined,
    close: async () => undefined,
  }
}
