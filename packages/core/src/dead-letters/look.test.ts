import { fakeTarget } from '../testing/driver-kit.ts'
import { expect, onTestFinished, test } from 'vitest'
import { FakeAdapter, FakeDriver, FakeError, fakeFailure, fakeRuntime, premises } from '../../test/fake-driver.ts'
import { queue } from '../definition/queue.ts'
import { type } from '../definition/schema.ts'
import type { Feed, OpenOptions, Sink } from '../spi/driver.ts'
import type { BatchResult, Incoming, Settlement } from '../spi/messages.ts'
import { Supervisor } from '../supervisor.ts'
import type { TestClock } from '../testing/test-clock.ts'
import { DeadLetterQueue } from './dead-letter-queue.ts'
import type { DeadMessage } from './types.ts'

const orders = queue('orders', { schema: type<unknown>() })

/** A feed that remembers what it was told. */
class FakeFeed implements Feed<unknown> {
  readonly alive = 0
  readonly settled: Settlement<unknown>[] = []
  readonly windows: number[] = []
  closed = 0
  stopping: () => Promise<void> = async () => undefined
  closing: () => Promise<void> = async () => undefined

  async settle(batch: readonly Settlement<unknown>[]): Promise<BatchResult> {
    this.settled.push(...batch)
    return {}
  }

  async resize(window: number): Promise<void> {
    this.windows.push(window)
  }

  stop(): Promise<void> {
    return this.stopping()
  }

  close(): Promise<void> {
    this.closed++
    return this.closing()
  }
}

function dead(id: string): Incoming<unknown> {
  return {
    receipt: `receipt of ${id}`,
    id,
    idSource: 'producer',
    body: Buffer.from('1'),
    headers: {},
    key: undefined,
    level: undefined,
    attempt: 0,
    note: '',
    deliveries: 1,
    sentAt: 0,
    brokerTime: 0,
    leaseUntil: 0,
    native: undefined,
  }
}

/** The dead-letter queue of a scripted broker with `ready` letters; `opening` says what `open` does with the sink. */
async function browsed(ready: number, opening: (sink: Sink<unknown>, feed: FakeFeed) => Promise<Feed<unknown>>) {
  const { runtime, clock } = fakeRuntime()
  const feed = new FakeFeed()
  const sinks: Sink<unknown>[] = []
  const openings: { window: number; span: number }[] = []
  const driver = Object.assign(new FakeDriver(), {
    stats: async () => ({ ready, leased: 0, delayed: 0, oldest: undefined }),
    open: (_target: unknown, { window, span }: OpenOptions, sink: Sink<unknown>) => {
      sinks.push(sink)
      openings.push({ window, span })
      return opening(sink, feed)
    },
  })
  const adapter = new FakeAdapter(async () => driver)
  const supervisor = new Supervisor(
    runtime,
    adapter,
    premises(() => undefined, []),
  )
  await supervisor.start(1000)
  const unhandled: unknown[] = []
  const note = (error: unknown): void => void unhandled.push(error)
  process.on('unhandledRejection', note)
  onTestFinished(async () => {
    await supervisor.close(0)
    await clock.settle()
    process.off('unhandledRejection', note)
    expect({ unhandled, timers: clock.timers }).toEqual({ unhandled: [], timers: 0 })
  })
  const targets = { dead: fakeTarget('queue', 'orders.dead'), inbox: fakeTarget('queue', 'orders') }
  const letters = new DeadLetterQueue(runtime, supervisor, orders, targets)
  return {
    clock,
    feed,
    letters,
    supervisor,
    driver,
    sink: () => sinks.at(-1)!,
    opened: () => openings.at(-1)!,
    cut: () => adapter.contexts[0]!.lost(1),
  }
}

const open = async (_: unknown, feed: FakeFeed): Promise<Feed<unknown>> => feed
const idsOf = (messages: readonly DeadMessage<unknown>[]): string[] => messages.map(({ id }) => id)

/** How a promise ended so far: its value, its error, or that it is pending. */
async function endOf(promise: Promise<unknown>): Promise<unknown> {
  return Promise.race([
    promise.catch((error: unknown) => error),
    new Promise((resolve) => setImmediate(resolve, 'pending')),
  ])
}

test.for<[string, (sink: Sink<unknown>) => void]>([
  ['fails', (sink) => sink.fail(new FakeError({ code: 'MQ_DENIED', retryable: false }))],
  [
    'fails after all that was wanted came',
    (sink) => {
      sink.deliver([dead('a')])
      sink.fail(new FakeError({ code: 'MQ_DENIED', retryable: false }))
    },
  ],
])('error.none-unhandled: a feed that %s while it opens crashes nothing', async ([, misbehave]) => {
  const { letters, feed, clock } = await browsed(1, async (sink) => {
    misbehave(sink)
    await new Promise((resolve) => setImmediate(resolve))
    throw new FakeError({ code: 'MQ_DENIED', retryable: false })
  })
  const peeking = letters.peek()
  peeking.catch(() => undefined)
  await clock.settle()
  expect(await endOf(peeking)).toMatchObject({ code: 'MQ_DENIED', retryable: false, adapter: 'fake' })
  expect([feed.closed, clock.timers]).toEqual([0, 0])
})

test('error.shape: an open that is refused is an error of the library, and leaves no timer', async () => {
  const { letters, clock } = await browsed(3, () => Promise.reject(new FakeError({ code: 'MQ_DENIED' })))
  expect(await endOf(letters.peek())).toMatchObject({ code: 'MQ_DENIED', adapter: 'fake' })
  expect(await endOf(letters.redrive())).toMatchObject({ code: 'MQ_DENIED' })
  expect(clock.timers).toBe(0)
})

test('error.shape: a count that is refused is an error of the library', async () => {
  const { letters, driver } = await browsed(3, open)
  driver.stats = () => Promise.reject(new FakeError({ code: 'MQ_DENIED' }))
  expect(await endOf(letters.count())).toMatchObject({ code: 'MQ_DENIED', adapter: 'fake', destination: 'orders' })
})

test('a feed that dies while it opens ends the look at once, and is closed when it opens all the same', async () => {
  const opening = Promise.withResolvers<Feed<unknown>>()
  const { letters, feed, sink, clock } = await browsed(3, () => opening.promise)
  const peeking = letters.peek()
  await clock.settle()
  sink().fail(new FakeError({ code: 'MQ_NOT_FOUND', retryable: false }))
  expect(await endOf(peeking)).toMatchObject({ code: 'MQ_NOT_FOUND' })
  opening.resolve(feed)
  await clock.settle()
  expect([feed.closed, clock.timers]).toEqual([1, 0])
})

test('dead.peek: patience is 5 s without a new message, and begins when the feed is open', async () => {
  const opening = Promise.withResolvers<Feed<unknown>>()
  const { letters, feed, sink, clock } = await browsed(9, () => opening.promise)
  const peeking = letters.peek()
  await clock.advance('10s')
  opening.resolve(feed)
  for (const id of ['a', 'b', 'c']) {
    await clock.advance('4s')
    expect(await endOf(peeking)).toBe('pending')
    sink().deliver([dead(id)])
  }
  await clock.advance(4999)
  expect(await endOf(peeking)).toBe('pending')
  await clock.advance(1)
  expect(idsOf(await peeking)).toEqual(['a', 'b', 'c'])
  expect([feed.closed, clock.timers]).toEqual([1, 0])
})

test('what the broker takes back is neither shown nor settled; the rest is', async () => {
  const { letters, feed, sink, clock } = await browsed(3, open)
  const look = async (act: () => Promise<unknown>): Promise<unknown> => {
    const acting = act()
    await clock.settle()
    sink().deliver([dead('a'), dead('b')])
    sink().revoke((receipt) => receipt === 'receipt of b')
    expect(sink().demand()).toBe(2)
    await clock.advance('5s')
    return acting
  }
  expect(idsOf((await look(() => letters.peek())) as DeadMessage<unknown>[])).toEqual(['a'])
  expect(await look(() => letters.redrive())).toEqual({ moved: 1, kept: 0, complete: false, failed: [] })
  expect(feed.settled.map(({ receipt, action }) => [receipt, action])).toEqual([['receipt of a', 'move']])
})

test('dead.peek: never more than was asked for, whatever the feed brings', async () => {
  const { letters, sink, clock } = await browsed(9, open)
  const peeking = letters.peek({ max: 2 })
  await clock.settle()
  sink().deliver([dead('a'), dead('b'), dead('c')])
  sink().deliver([dead('d')])
  expect(idsOf(await peeking)).toEqual(['a', 'b'])
})

test('a connection that is lost ends the look at once', async () => {
  const { letters, cut, clock } = await browsed(3, open)
  const peeking = letters.peek()
  await clock.settle()
  cut()
  expect(await endOf(peeking)).toMatchObject({ code: 'MQ_CONNECTION' })
})

test('a feed that never stops and never closes holds the look for 5 s each at the most', async () => {
  const { letters, feed, sink, clock } = await browsed(1, open)
  feed.stopping = feed.closing = () => new Promise(() => undefined)
  const peeking = letters.peek()
  await clock.settle()
  sink().deliver([dead('a')])
  await clock.advance('10s')
  expect(idsOf((await endOf(peeking)) as DeadMessage<unknown>[])).toEqual(['a'])
})

test('a feed whose end is refused has shown what it had', async () => {
  const { letters, feed, sink, clock } = await browsed(1, open)
  feed.stopping = feed.closing = () => Promise.reject(new FakeError())
  const redriving = letters.redrive()
  await clock.settle()
  sink().deliver([dead('a')])
  expect(await endOf(redriving)).toMatchObject({ moved: 1 })
})

/** Brings what is wanted, and no more, as long as it is asked. */
async function supply(sink: Sink<unknown>, clock: TestClock): Promise<void> {
  for (let n = 0; ;) {
    await clock.settle()
    const demand = sink.demand()
    if (typeof demand !== 'number') return
    sink.deliver(Array.from({ length: demand }, () => dead(`m-${n++}`)))
  }
}

test('redrive.where: looks slice by slice; what is kept makes the window grow', async () => {
  const { letters, feed, sink, clock, opened } = await browsed(250, open)
  const redriving = letters.redrive({ where: ({ id }) => Number(id.slice(2)) < 30 })
  await clock.settle()
  await supply(sink(), clock)
  expect(await redriving).toMatchObject({ moved: 30, kept: 220, complete: true })
  expect([opened(), feed.windows]).toEqual([{ window: 100, span: 250 }, [170, 220]])
})

test('redrive.report: where the broker lets nobody hold more, it is not complete', async () => {
  const { letters, sink, clock } = await browsed(1500, open)
  const redriving = letters.redrive({ where: () => false })
  await clock.settle()
  await supply(sink(), clock)
  expect(await redriving).toMatchObject({ moved: 0, kept: 1000, complete: false })
})

test('redrive.report: what the broker does not move is named', async () => {
  const { letters, feed, sink, clock } = await browsed(2, open)
  feed.settle = async () => ({ failed: [{ index: 1, failure: fakeFailure({ code: 'MQ_LEASE_LOST' }) }] })
  const redriving = letters.redrive()
  await clock.settle()
  sink().deliver([dead('a'), dead('b')])
  expect(await redriving).toMatchObject({ moved: 1, kept: 1, failed: [{ id: 'b', error: { code: 'MQ_LEASE_LOST' } }] })
})

test('close.use-after: after close everything is MQ_CLOSED', async () => {
  const { letters, supervisor } = await browsed(3, open)
  await supervisor.close(0)
  for (const use of [() => letters.peek(), () => letters.count(), () => letters.redrive()]) {
    expect(await endOf(use())).toMatchObject({ code: 'MQ_CLOSED', retryable: false })
  }
})

test('close.exits: a look that waits when the broker object is closed ends at once', async () => {
  const { letters, supervisor, clock } = await browsed(3, open)
  const peeking = letters.peek()
  await clock.settle()
  expect(await endOf(peeking)).toBe('pending')
  await supervisor.close(1000)
  expect(await endOf(peeking)).toMatchObject({ code: 'MQ_CLOSED' })
  expect(clock.timers).toBe(0)
})
