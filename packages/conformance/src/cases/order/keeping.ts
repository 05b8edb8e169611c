import { deepEqual, equal, ok } from 'node:assert/strict'
import { defineCase, type Case } from '../../case.ts'
import { crew } from '../crew.ts'
import { items, sorted } from '../items.ts'
import { Seen } from '../seen.ts'
import { interleaved, lines, runsOf, sentOf } from './lines.ts'

const KEYS = ['ada', 'bob', 'cyd', 'dan', 'eve', 'fay']

const oneLine = defineCase({
  id: 'order-01',
  title:
    'when messages of one key are sent one after the other, they are handled in that order, also when some must be sent again',
  clauses: ['order.starts', 'send.key-order', 'send.retry-same-id', 'define.ordering'],
  protects: "a customer's second change that is applied before the first",
  profile: 'smoke',
  needs: ['ordering'],
  uses: [lines],
  run: async (world) => {
    const fault = world.fault('the broker is too busy to take some messages')
    let toRefuse = 3
    const shop = await world.open({
      seam: {
        send: async (_, batch, next) => {
          if (toRefuse === 0) return next(batch)
          toRefuse--
          fault.happened(`${batch.length} messages were refused`)
          const failure = { code: 'MQ_THROTTLED', retryable: true, outcome: 'not-sent', message: 'not now' } as const
          return { failed: batch.map((_message, index) => ({ index, failure })) }
        },
      },
    })
    const seen = new Seen(world)
    await crew(world, lines, (worker, message) => seen.add(worker, message))
    await shop.sendAll(lines, items(40, 'ada'))
    await world.until(
      () => seen.runs.length >= 40,
      () => `forty messages; there were ${seen.runs.length}`,
    )
    deepEqual(
      seen.runs.map(({ n }) => n),
      items(40).map(({ n }) => n),
    )
  },
})

const manyLines = defineCase({
  id: 'order-02',
  title: 'when many keys are handled by several processes, each key is handled in its order',
  clauses: ['order.starts', 'lease.exclusive'],
  protects: 'the order of every customer, however many workers there are',
  profile: 'smoke',
  needs: ['ordering'],
  uses: [lines],
  run: async (world) => {
    const shop = await world.open()
    const seen = new Seen(world)
    for (const worker of [await world.open(), await world.open(), await world.open()])
      worker.subscribe(lines, async (message) => {
        seen.add(worker, message)
        await world.sleep(message.body.n % 3)
      })
    await shop.sendAll(lines, interleaved(KEYS, 15))
    await world.until(
      () => seen.runs.length >= 90,
      () => `ninety messages; there were ${seen.runs.length}`,
    )
    KEYS.forEach((name, index) => deepEqual(runsOf(seen, index, 15), sentOf(index, 15), `the messages of ${name}`))
  },
})

const parallel = defineCase({
  id: 'order-03',
  title: 'when there are many keys, they are handled side by side, and those of one key never are',
  clauses: ['order.keys-parallel', 'order.starts', 'consume.concurrency'],
  protects: 'a shop that serves one customer at a time, or one customer twice at once',
  needs: ['ordering'],
  uses: [lines],
  run: async (world) => {
    const shop = await world.open()
    const running = new Map<string | undefined, number>()
    const overlaps: (string | undefined)[] = []
    let most = 0
    let done = 0
    await shop.sendAll(lines, interleaved(KEYS, 4))
    await crew(world, lines, async (_, { key }) => {
      const own = (running.get(key) ?? 0) + 1
      running.set(key, own)
      if (own > 1) overlaps.push(key)
      most = Math.max(most, running.size)
      await world.sleep(100)
      running.set(key, running.get(key)! - 1)
      if (running.get(key) === 0) running.delete(key)
      done++
    })
    await world.until(
      () => done >= 24,
      () => `twenty-four messages; ${done} were handled`,
    )
    deepEqual(overlaps, [], 'keys of which two handlers ran at once')
    ok(most >= 3, `of ${KEYS.length} keys at most ${most} were handled at once`)
    equal(done, 24)
  },
})

const joinAndLeave = defineCase({
  id: 'order-04',
  title: 'when processes join and leave, a key is never in two hands at once and keeps its order',
  clauses: ['order.starts', 'order.suffix', 'settle.release', 'close.sequence'],
  protects: 'a deploy during which two workers change the same account',
  needs: ['ordering'],
  budget: 40_000,
  uses: [lines],
  run: async (world) => {
    const shop = await world.open()
    const seen = new Seen(world)
    const join = async () => {
      const worker = await world.open()
      worker.subscribe(lines, async (message) => {
        seen.add(worker, message)
        await world.sleep(20)
      })
      return worker
    }
    const first = await join()
    const sending = shop.sendAll(lines, interleaved(KEYS, 20))
    await world.until(() => seen.runs.length >= 10, 'some messages to be handled by the first process')
    const second = await join()
    await world.until(() => seen.runs.length >= 30, 'more messages to be handled')
    await first.close()
    await join()
    await world.until(
      () => seen.runs.length >= 60,
      () => `sixty runs, while processes come and go; there were ${seen.runs.length}`,
    )
    await second.close()
    await sending
    await world.until(
      () => new Set(seen.runs.map(({ n }) => n)).size === 120,
      () => `all of the hundred and twenty messages; there were ${new Set(seen.runs.map(({ n }) => n)).size}`,
    )
    // Planned changes repeat nothing.
    KEYS.forEach((name, index) => deepEqual(runsOf(seen, index, 20), sentOf(index, 20), `the messages of ${name}`))
  },
})

const hotKey = defineCase({
  id: 'order-14',
  title: 'when one key has most of the messages, the others are not kept waiting by it',
  clauses: ['order.hot-key', 'order.keys-parallel'],
  protects: 'every small customer, from one who orders by the thousand',
  needs: ['ordering'],
  uses: [lines],
  run: async (world) => {
    const shop = await world.open()
    const seen = new Seen(world)
    await shop.sendAll(lines, items(60, 'hot'))
    const cold = Array.from({ length: 8 }, (_, index) => ({ n: 101 + index, key: `cold-${index}` }))
    await shop.sendAll(lines, cold)
    await crew(
      world,
      lines,
      async (worker, message) => {
        seen.add(worker, message)
        await world.sleep(40)
      },
      { concurrency: 4 },
    )
    await world.until(
      () => seen.runs.length >= 68,
      () => `sixty-eight messages; there were ${seen.runs.length}`,
    )
    const last = seen.runs.findLastIndex(({ n }) => n > 100)
    const hotBefore = seen.runs.slice(0, last).filter(({ n }) => n <= 60).length
    ok(hotBefore < 30, `the last of the others began after ${hotBefore} of the sixty messages of the hot key`)
  },
})

const monotonic = defineCase({
  id: 'order-17',
  title:
    'when two processes take turns in sending messages of one key, each waiting for the other, they are handled in turn',
  clauses: ['order.starts', 'send.confirmed'],
  protects: 'an order and its cancellation, which come from two machines',
  needs: ['ordering'],
  uses: [lines],
  run: async (world) => {
    const shops = [await world.open(), await world.open()]
    const sent: Date[] = []
    const seen = new Seen(world)
    await crew(world, lines, (worker, message) => {
      seen.add(worker, message)
      sent.push(message.sentAt)
    })
    for (const item of items(20, 'ada')) await shops[item.n % 2]!.send(lines, item)
    await world.until(
      () => seen.runs.length >= 20,
      () => `twenty messages; handlers saw ${seen.text}`,
    )
    deepEqual(
      seen.runs.map(({ n }) => n),
      items(20).map(({ n }) => n),
    )
    const times = sent.map((date) => date.getTime())
    deepEqual(times, sorted(times), 'the times of sending go back')
  },
})

/** Order, when nothing goes wrong. */
export const keeping: readonly Case[] = [oneLine, manyLines, parallel, joinAndLeave, hotKey, monotonic]
