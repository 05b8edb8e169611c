import { fixed, queue } from '@anymq/core'
import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { defineCase, type Case } from '../../case.ts'
import { crew } from '../crew.ts'
import { ITEM, items, LEASE, sorted } from '../items.ts'
import { Seen } from '../seen.ts'

const orders = queue('orders', { schema: ITEM, lease: LEASE, retry: { attempts: 5, backoff: fixed(200) } })

const again = defineCase({
  id: 'settle-04',
  title: 'when a handler asks for a message again, by a retry or a deferral, it comes again, and only the retry counts',
  clauses: ['settle.defer', 'consume.defer-error', 'retry.attempt-meaning', 'settle.any-order'],
  protects: 'an order that was put aside for a minute and never picked up again',
  profile: 'smoke',
  uses: [orders],
  run: async (world) => {
    const shop = await world.open()
    const seen = new Seen(world)
    await crew(world, orders, async (worker, message) => {
      const isFirst = seen.of(message.body.n).length === 0
      seen.add(worker, message)
      if (isFirst && message.body.n === 1) await message.retry({ after: 100 })
      if (isFirst && message.body.n === 2) await message.defer(300)
    })
    await shop.sendAll(orders, items(3))
    await world.until(
      () => seen.runs.length >= 5,
      () => `five runs, two of them again; handlers saw ${seen.text}`,
    )
    await world.listen()
    deepEqual(
      [1, 2, 3].map((n) => seen.attempts(n)),
      [[1, 2], [1, 1], [1]],
    )
    const [first, second] = seen.of(2)
    ok(second!.at - first!.at >= 299, `a deferral of 300 ms took ${second!.at - first!.at} ms`)
  },
})

const blocksNobody = defineCase({
  id: 'settle-06',
  title: 'when a message is asked for again and again, the others do not wait for it',
  clauses: ['retry.no-slot', 'settle.defer'],
  protects: 'a queue that stands still behind one order that nobody can handle yet',
  uses: [orders],
  run: async (world) => {
    const shop = await world.open()
    const worker = await world.open()
    const seen = new Seen(world)
    const work = worker.subscribe(
      orders,
      async (message) => {
        seen.add(worker, message)
        if (message.body.n === 1 && seen.of(1).length < 4) await message.defer(500)
      },
      { concurrency: 1 },
    )
    await world.within(work.ready, 'a subscription to be ready')
    await shop.sendAll(orders, items(8))
    await world.until(
      () => seen.of(1).length === 4 && seen.runs.length === 11,
      () => `four runs of the first message and one of each other; handlers saw ${seen.text}`,
    )
    const lastOfOthers = seen.runs.findLastIndex(({ n }) => n !== 1)
    const before = seen.runs.slice(0, lastOfOthers).filter(({ n }) => n === 1).length
    ok(before <= 2, `the others waited for ${before} runs of the first: ${seen.text}`)
    deepEqual(seen.attempts(1), [1, 1, 1, 1])
  },
})

const onlyOnce = defineCase({
  id: 'settle-07',
  title: 'when a message is settled a second time, the call is refused and no other message is touched',
  clauses: ['settle.first-wins', 'error.shape'],
  protects: 'a double click in a handler that acknowledges the order of somebody else',
  uses: [orders],
  run: async (world) => {
    const shop = await world.open()
    const worker = await world.open()
    await shop.sendAll(orders, items(2))
    const puller = worker.puller(orders)
    const [one] = await puller.receive({ max: 1, wait: world.patience })
    await one!.ack()
    const [other] = await puller.receive({ max: 1, wait: world.patience })
    const isSettled = { name: 'MqError', code: 'MQ_ALREADY_SETTLED', destination: 'orders' }
    for (const repeat of [
      () => one!.ack(),
      () => one!.retry(),
      () => one!.deadLetter(),
      () => one!.defer(100),
      () => one!.extend(1000),
    ])
      await rejects(repeat(), isSettled)
    // Of the second message nothing has been said, so it comes again.
    const { n } = other!.body
    await worker.close()
    const third = await world.open()
    const seen = new Seen(world)
    third.subscribe(orders, (message) => seen.add(third, message))
    await world.until(() => seen.runs.length > 0, 'the message of which nothing was said')
    await world.listen()
    deepEqual([seen.runs.map((run) => run.n), seen.attempts(n)], [[n], [1]])
    equal(await third.deadLetters(orders).count(), 0)
  },
})

const firstWins = defineCase({
  id: 'settle-08',
  title: 'when a handler says two things about a message, the first counts, and how the handler ends changes nothing',
  clauses: ['settle.first-wins', 'consume.verb-wins'],
  protects: 'an order that was acknowledged and comes again because the handler stumbled afterwards',
  uses: [orders],
  run: async (world) => {
    const shop = await world.open()
    const seen = new Seen(world)
    const refused: unknown[] = []
    await crew(world, orders, async (worker, message) => {
      const isFirst = seen.of(message.body.n).length === 0
      seen.add(worker, message)
      if (!isFirst) return
      if (message.body.n === 1) {
        await message.ack()
        await message.retry().catch((error: { readonly code?: string }) => refused.push(error.code))
        throw new Error('stumbled')
      }
      if (message.body.n === 2) {
        await message.retry({ after: 100 })
        await message.ack().catch((error: { readonly code?: string }) => refused.push(error.code))
      }
      if (message.body.n === 3) {
        // The first is on its way, and nobody has heard of it yet.
        const first = message.ack()
        await message.retry().catch((error: { readonly code?: string }) => refused.push(error.code))
        await first
      }
    })
    await shop.sendAll(orders, items(3))
    await world.until(
      () => seen.runs.length >= 4,
      () => `four runs; handlers saw ${seen.text}`,
    )
    await world.listen()
    deepEqual(
      [1, 2, 3].map((n) => seen.attempts(n)),
      [[1], [1, 2], [1]],
    )
    deepEqual(refused, ['MQ_ALREADY_SETTLED', 'MQ_ALREADY_SETTLED', 'MQ_ALREADY_SETTLED'])
  },
})

const purged = defineCase({
  id: 'settle-26',
  title: 'when the dead letters of a queue are purged, those that are ready go, and the queue itself keeps what it has',
  clauses: ['dead.discard', 'dead.count', 'dead.queue-per-source'],
  protects: 'a clean-up of the dead that takes living orders with it',
  uses: [orders],
  run: async (world) => {
    const shop = await world.open()
    const dying = shop.subscribe(orders, (message) => message.deadLetter('no such customer'))
    await shop.sendAll(orders, items(4))
    const letters = shop.deadLetters(orders)
    await world.until(async () => (await letters.count()) === 4, 'four dead letters')
    await dying.close()
    await shop.send(orders, { n: 5 })
    await shop.send(orders, { n: 6 })
    const [held] = await shop.receive(orders, { max: 1, wait: world.patience })
    await letters.purge()
    await world.until(async () => (await letters.count()) === 0, 'no dead letters after a purge')
    deepEqual(await letters.peek(), [])
    await held!.ack()
    const [ready] = await shop.receive(orders, { max: 2, wait: world.patience })
    deepEqual(sorted([held!.body.n, ready!.body.n]), [5, 6])
    await ready!.ack()
  },
})

/** What else can be said of a message, and how often. */
export const verbs: readonly Case[] = [again, blocksNobody, onlyOnce, firstWins, purged]
