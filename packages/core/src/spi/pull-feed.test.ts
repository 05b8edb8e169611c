import { expect, test } from 'vitest'
import { TestClock } from '../testing/test-clock.ts'
import type { Sink } from './driver.ts'
import type { BatchResult, Failure, Incoming, Settlement } from './messages.ts'
import { pullFeed, type Polling } from './pull-feed.ts'

const AWAY: Failure = { code: 'MQ_CONNECTION', retryable: true, outcome: 'unknown', message: 'away' }
const GONE: Failure = { code: 'MQ_NOT_FOUND', retryable: false, outcome: 'not-sent', message: 'gone' }

/** A poll that waits for its answer. */
interface Poll {
  readonly max: number
  bring(count: number): Promise<void>
  fail(failure: Failure): Promise<void>
}

/** A broker that answers polls when the test says so, and a sink that wants what the test says. */
function polled(wanted: number, parallel = 4) {
  const clock = new TestClock()
  const polls: Poll[] = []
  const delivered: number[] = []
  const settled: Settlement<number>[] = []
  const answers = { settle: (): Promise<BatchResult> => Promise.resolve({}) }
  const troubles: string[] = []
  const failures: unknown[] = []
  let receipts = 0
  const room = { wanted, wake: (): void => {} }
  const polling: Polling<number> = {
    maxBatch: 10,
    parallel,
    receive: (max) =>
      new Promise((resolve, reject) =>
        polls.push({
          max,
          bring: async (count) => {
            resolve(Array.from({ length: count }, () => ({ receipt: ++receipts }) as Incoming<number>))
            await clock.settle()
          },
          fail: async (failure) => {
            reject(failure)
            await clock.settle()
          },
        }),
      ),
    settle: async (batch) => {
      settled.push(...batch)
      return answers.settle()
    },
    classify: (error) => error as Failure,
    trouble: (reason) => void troubles.push(reason),
  }
  const sink: Sink<number> = {
    deliver: (batch) => {
      delivered.push(...batch.map(({ receipt }) => receipt))
      room.wanted -= batch.length
    },
    demand: () => (room.wanted > 0 ? room.wanted : new Promise((resolve) => (room.wake = () => resolve(room.wanted)))),
    revoke: () => {},
    fail: (error) => void failures.push(error),
  }
  const feed = pullFeed(polling, sink, clock)
  return { clock, polls, delivered, settled, answers, troubles, failures, room, feed }
}

const open = (polls: readonly Poll[]): number[] => polls.map(({ max }) => max)

test('idle, there is one poll and no more, however much is wanted', async () => {
  const { clock, polls } = polled(100)
  await clock.settle()
  for (let i = 0; i < 5; i++) await polls.at(-1)!.bring(0)
  expect(open(polls)).toEqual([10, 10, 10, 10, 10, 10])
})

test('polls that come back full bring company, up to the limit; an empty one sends it away', async () => {
  const { clock, polls } = polled(1000, 3)
  await clock.settle()
  await polls[0]!.bring(10)
  expect(polls).toHaveLength(3)
  await polls[1]!.bring(10)
  expect(polls).toHaveLength(5)
  await polls[2]!.bring(10)
  expect(polls).toHaveLength(6)
  await polls[3]!.bring(0)
  await polls[4]!.bring(0)
  expect(polls).toHaveLength(6)
  await polls[5]!.bring(0)
  expect(polls).toHaveLength(7)
})

test('never more is asked for than is wanted, polls on their way included', async () => {
  const { clock, polls, room, delivered } = polled(14)
  await clock.settle()
  await polls[0]!.bring(10)
  expect(open(polls)).toEqual([10, 4])
  await polls[1]!.bring(4)
  expect(open(polls)).toEqual([10, 4])
  room.wanted = 3
  room.wake()
  await clock.settle()
  expect(open(polls)).toEqual([10, 4, 3])
  expect(delivered).toHaveLength(14)
})

test('close.poll-awaited: stop waits for the poll on its way and gives back what it brings', async () => {
  const { clock, polls, feed, delivered, settled } = polled(10)
  await clock.settle()
  let isStopped = false
  const stopping = feed.stop().then(() => (isStopped = true))
  await clock.advance('19s')
  expect(isStopped).toBe(false)
  await polls[0]!.bring(2)
  await stopping
  expect(delivered).toEqual([])
  expect(settled).toMatchObject([
    { receipt: 1, action: 'release', delay: 0, failed: false },
    { receipt: 2, action: 'release' },
  ])
})

test('close gives back what was not settled, and only that', async () => {
  const { clock, polls, feed, settled } = polled(10)
  await clock.settle()
  await polls[0]!.bring(3)
  await feed.settle([{ receipt: 2, action: 'ack' }], true)
  await feed.settle([{ receipt: 3, action: 'extend', lease: 1000 }], true)
  settled.length = 0
  await feed.close()
  expect(settled.map(({ receipt, action }) => [receipt, action])).toEqual([
    [1, 'release'],
    [3, 'release'],
  ])
})

test('a poll that fails is tried again, ever later; nothing that was leased is lost', async () => {
  const { clock, polls, troubles, failures } = polled(10)
  await clock.settle()
  await polls[0]!.fail(AWAY)
  await clock.advance(99)
  expect(polls).toHaveLength(1)
  await clock.advance(1)
  await polls[1]!.fail(AWAY)
  await clock.advance(200)
  await polls[2]!.bring(1)
  expect(polls).toHaveLength(4)
  expect([troubles, failures]).toEqual([['away', 'away', ''], []])
})

test('a poll that can never succeed ends the feed', async () => {
  const { clock, polls, failures } = polled(10)
  await clock.settle()
  await polls[0]!.fail(GONE)
  await clock.advance('1m')
  expect([failures, polls.length, clock.timers]).toEqual([[GONE], 1, 0])
})

test('stop leaves no timer behind', async () => {
  const { clock, polls, feed } = polled(10)
  await clock.settle()
  await polls[0]!.fail(AWAY)
  await feed.stop()
  await clock.advance('1m')
  expect([polls.length, clock.timers]).toEqual([1, 0])
})

test('close.poll-awaited: stop waits until what came too late is back, and close gives nothing back twice', async () => {
  const { clock, polls, feed, settled, answers } = polled(10)
  const answered = Promise.withResolvers<BatchResult>()
  answers.settle = () => answered.promise
  await clock.settle()
  let isStopped = false
  const stopping = feed.stop().then(() => (isStopped = true))
  await polls[0]!.bring(1)
  expect(isStopped).toBe(false)
  const closing = feed.close()
  answered.resolve({})
  await Promise.all([stopping, closing])
  expect(settled.map(({ receipt, action }) => [receipt, action])).toEqual([[1, 'release']])
})

test('close does not give back what is being acknowledged', async () => {
  const { clock, polls, feed, settled, answers } = polled(10)
  const answered = Promise.withResolvers<BatchResult>()
  await clock.settle()
  await polls[0]!.bring(2)
  answers.settle = () => answered.promise
  const acked = feed.settle([{ receipt: 1, action: 'ack' }], true)
  answers.settle = () => Promise.resolve({})
  await feed.close()
  answered.resolve({})
  await acked
  expect(settled.map(({ receipt, action }) => [receipt, action])).toEqual([
    [1, 'ack'],
    [2, 'release'],
  ])
})

test('close gives back what could not be settled', async () => {
  const { clock, polls, feed, settled, answers } = polled(10)
  await clock.settle()
  await polls[0]!.bring(3)
  answers.settle = () => Promise.resolve({ failed: [{ index: 0, failure: AWAY }] })
  await feed.settle(
    [1, 2].map((receipt) => ({ receipt, action: 'ack' })),
    true,
  )
  answers.settle = () => Promise.reject(new Error('away'))
  await feed.settle([{ receipt: 3, action: 'ack' }], true).catch(() => {})
  settled.length = 0
  await feed.close()
  expect(settled.map(({ receipt }) => receipt)).toEqual([1, 3])
})

test('what troubled the polls troubles nobody once they have stopped', async () => {
  const { clock, polls, troubles, feed } = polled(10)
  await clock.settle()
  await polls[0]!.fail(AWAY)
  await feed.stop()
  await feed.close()
  expect(troubles).toEqual(['away', ''])
})

test('close.poll-awaited: stop waits for every poll on its way, not for the first alone', async () => {
  const { clock, polls, feed } = polled(100)
  await clock.settle()
  await polls[0]!.bring(10)
  expect(polls).toHaveLength(3)
  let isStopped = false
  void feed.stop().then(() => (isStopped = true))
  await polls[1]!.bring(0)
  expect(isStopped).toBe(false)
  await polls[2]!.bring(0)
  expect(isStopped).toBe(true)
})
