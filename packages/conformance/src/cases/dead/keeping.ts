import { DeadLetter, fixed, queue } from '@anymq/core'
import { deepEqual, equal, ok } from 'node:assert/strict'
import { defineCase, type Case } from '../../case.ts'
import type { Client } from '../../world/client.ts'
import type { World } from '../../world/world.ts'
import { ITEM, items, LONG_LEASE, sorted } from '../items.ts'
import { bury } from './bury.ts'

const retry = { attempts: 2, backoff: fixed(200) }
const orders = queue('orders', { schema: ITEM, lease: LONG_LEASE, retry })

const levelled = queue('orders', {
  schema: ITEM,
  lease: LONG_LEASE,
  retry,
  priority: { levels: ['vip', 'normal'], default: 'normal' },
})

const copy = defineCase({
  id: 'dead-05',
  title: 'when a message is dead, its letter has everything that the message had, and where, when and why it failed',
  clauses: ['dead.keeps', 'dead.gains', 'priority.survives', 'send.id-constant'],
  protects: 'a dead-letter queue full of orders of which nobody can tell whose they are or what went wrong',
  needs: ['priority'],
  uses: [levelled],
  run: async (world) => {
    const shop = await world.open()
    const worker = await world.open()
    let runs = 0
    worker.subscribe(levelled, () => {
      runs++
      throw new TypeError('no such article')
    })
    const headers = { tenant: 'acme', city: 'Zürich' }
    const before = new Date(shop.recorder.wallClock() - 1000)
    await shop.send(levelled, { n: 7 }, { id: 'order-7', type: 'placed', key: 'ada', priority: 'vip', headers })
    const letters = shop.deadLetters(levelled)
    await world.until(
      async () => (await letters.count()) === 1,
      () => `one dead letter after two runs; there were ${runs}`,
    )
    const [letter] = await letters.peek()
    ok(letter?.valid === true, 'the dead letter says that its body is not valid')
    deepEqual({ ...letter.headers }, headers)
    deepEqual(
      [letter.id, letter.type, letter.key, letter.priority, letter.body, letter.origin],
      ['order-7', 'placed', 'ada', 'vip', { n: 7 }, 'orders'],
    )
    deepEqual(
      [letter.reason, letter.error, letter.attempts, letter.redriven],
      ['attempts', 'TypeError: no such article', 2, 0],
    )
    const { sentAt, failedFirstAt, failedLastAt } = letter
    ok(failedFirstAt !== undefined && failedLastAt !== undefined, 'it does not say when it failed')
    ok(
      before <= sentAt && sentAt <= failedFirstAt,
      `it was sent at ${sentAt.toISOString()} and failed at ${failedFirstAt.toISOString()}`,
    )
    const apart = failedLastAt.getTime() - failedFirstAt.getTime()
    ok(apart >= 199, `its failures were ${apart} ms apart; the backoff is 200 ms`)
  },
})

const long = defineCase({
  id: 'dead-09',
  title: 'when an error is longer than any header may be, the letter holds its beginning',
  clauses: ['dead.gains'],
  protects: 'a stack trace of a megabyte that keeps a poisoned order from ever becoming a dead letter',
  uses: [orders],
  run: async (world) => {
    const worker = await world.open()
    worker.subscribe(orders, () => {
      throw new DeadLetter(`line 1\nline 2\u0000 ${'Zürich '.repeat(20_000)}`)
    })
    await worker.send(orders, { n: 1 })
    const letters = worker.deadLetters(orders)
    await world.until(async () => (await letters.count()) === 1, 'one dead letter')
    const [letter] = await letters.peek()
    const { error = '', reason } = letter ?? {}
    equal(reason, 'rejected')
    ok(error.startsWith('line 1 line 2'), `the error begins with: ${error.slice(0, 40)}`)
    ok(error.length > 100 && Buffer.byteLength(error) <= 1024, `the error has ${Buffer.byteLength(error)} bytes`)
  },
})

/** More than the limit of deliveries that some brokers have by default. */
const RELEASES = 25

const once = defineCase({
  id: 'dead-10',
  title:
    'when a message was given back many times and then rejected, there is one dead letter of it, and of nothing else',
  clauses: ['settle.release', 'retry.not-an-attempt', 'dead.count'],
  protects: "an order that the broker throws away by a count of its own, beside the library's",
  uses: [orders],
  budget: 60_000,
  run: async (world) => {
    const shop = await world.open()
    await shop.sendAll(orders, items(2))
    for (let round = 0; round < RELEASES; round++) await takeAndGiveBack(world, shop)
    const letters = shop.deadLetters(orders)
    equal(await letters.count(), 0, `${RELEASES} releases made a dead letter`)
    const seen: (readonly number[])[] = []
    shop.subscribe(orders, ({ body, attempt }) => {
      seen.push([body.n, attempt])
      if (body.n === 1) throw new DeadLetter('no such customer')
    })
    await world.until(
      async () => (await letters.count()) === 1 && seen.length === 2,
      () => `one dead letter and two runs; handlers saw ${JSON.stringify(seen)}`,
    )
    await world.listen()
    deepEqual(
      [...seen].sort(([a = 0], [b = 0]) => a - b),
      [
        [1, 1],
        [2, 1],
      ],
    )
    deepEqual(
      (await letters.peek()).map(({ reason, attempts }) => [reason, attempts]),
      [['rejected', 1]],
    )
  },
})

async function takeAndGiveBack(world: World, client: Client): Promise<void> {
  const puller = client.puller(orders)
  const taken = await puller.receive({ max: 2, wait: world.patience })
  ok(taken.length > 0, 'nothing came back after it had been given back')
  await puller.close()
}

/** More often than a limit of deliveries would allow. */
const PEEKS = 25

const peeked = defineCase({
  id: 'dead-20',
  title: 'when dead letters are peeked at again and again, they stay where they are, all of them',
  clauses: ['dead.peek', 'dead.count', 'redrive.report'],
  protects: 'a look at the dead letters that loses them',
  uses: [orders],
  budget: 60_000,
  run: async (world) => {
    const shop = await world.open()
    await bury(world, shop, orders, items(3))
    const letters = shop.deadLetters(orders)
    for (let round = 0; round < PEEKS; round++) {
      const seen = await letters.peek()
      deepEqual(
        sorted(seen.map((letter) => (letter.valid ? letter.body.n : 0))),
        [1, 2, 3],
        `peek ${round + 1} of ${PEEKS}`,
      )
    }
    equal((await letters.peek({ max: 2 })).length, 2)
    equal(await letters.count(), 3)
    const { moved, kept } = await letters.redrive()
    deepEqual([moved, kept], [3, 0])
  },
})

const measured = defineCase({
  id: 'dead-21',
  title: 'when there are dead letters, their number and the age of the oldest can be asked for',
  clauses: ['dead.count', 'life.stats', 'dead.gains'],
  protects: 'an alarm that stays silent while orders pile up among the dead',
  uses: [orders],
  run: async (world) => {
    const shop = await world.open()
    const letters = shop.deadLetters(orders)
    equal(await letters.count(), 0)
    const before = shop.recorder.wallClock()
    await bury(world, shop, orders, items(3))
    equal(await letters.count(), 3)
    await shop.send(orders, { n: 4 })
    await tells(world, shop, { ready: 1, leased: 0, delayed: 0, dead: 3 }, before)
    const failed = (await letters.peek()).map(({ failedLastAt }) => failedLastAt?.getTime() ?? 0)
    const oldest = Math.min(...failed)
    ok(
      oldest >= before - 1000 && oldest <= shop.recorder.wallClock() + 1000,
      `the oldest failed at ${new Date(oldest).toISOString()}`,
    )
    const [named] = await letters.peek({ max: 1 })
    equal(await letters.discard({ ids: [named!.id] }), 1)
    ok(!(await letters.peek()).some(({ id }) => id === named!.id), 'a discarded letter is still there')
    equal(await letters.count(), 2)
    await letters.purge()
    await world.until(async () => (await letters.count()) === 0, 'no dead letters after a purge')
    const [alive] = await shop.receive(orders, { wait: world.patience })
    await alive!.ack()
  },
})

type Numbers = Readonly<Record<'ready' | 'leased' | 'delayed' | 'dead', number>>

/** The numbers of the queue are these, as far as the broker tells them, and what has waited the longest has since `before`. */
async function tells(world: World, { broker, recorder }: Client, numbers: Numbers, before: number): Promise<void> {
  let stats = await broker.stats(orders)
  const names = ['ready', 'leased', 'delayed', 'dead'] as const
  await world.until(
    async () => {
      stats = await broker.stats(orders)
      return names.every((name) => stats[name] === undefined || stats[name] === numbers[name])
    },
    () => `stats to tell ${JSON.stringify(numbers)}; they tell ${JSON.stringify(stats)}`,
  )
  const oldest = stats.oldest?.getTime() ?? before
  ok(
    oldest >= before - 1000 && oldest <= recorder.wallClock() + 1000,
    `stats say that the oldest message was sent at ${stats.oldest?.toISOString()}`,
  )
}

/** What a dead letter holds, and how it is looked at. */
export const keeping: readonly Case[] = [copy, long, once, peeked, measured]
