import { queue } from '@anymq/core'
import { deepEqual, equal } from 'node:assert/strict'
import { defineCase, type Case } from '../../case.ts'
import { ITEM, items, LEASE, sorted } from '../items.ts'
import { Seen } from '../seen.ts'

const orders = queue('orders', { schema: ITEM, lease: LEASE })

const onceMore = defineCase({
  id: 'close-09',
  title: 'when a consumer was closed and another is opened in the same process, it consumes as the first did',
  clauses: ['consume.done', 'consume.ready', 'consume.one-feed'],
  protects: 'a worker that can be stopped once and never started again',
  uses: [orders],
  run: async (world) => {
    const worker = await world.open()
    const seen = new Seen(world)
    for (let round = 1; round <= 4; round++) {
      const subscription = worker.subscribe(orders, (message) => seen.add(worker, message))
      await world.within(subscription.ready, `subscription ${round} to be ready`)
      await worker.send(orders, { n: round })
      await world.until(
        () => seen.runs.length === round,
        () => `message ${round}; handlers saw ${seen.text}`,
      )
      await subscription.close()
      await subscription.done
    }
    await worker.send(orders, { n: 5 })
    await world.listen()
    deepEqual(
      seen.runs.map(({ n }) => n),
      [1, 2, 3, 4],
      'a closed subscription handled a message',
    )
  },
})

const givenUp = defineCase({
  id: 'close-11',
  title: 'when a receive is given up, the next one gets what it did not, and nothing is lost between them',
  clauses: ['pull.receive', 'close.poll-awaited'],
  protects: 'an order that arrives in the moment in which somebody stops waiting for it',
  uses: [orders],
  run: async (world) => {
    const shop = await world.open()
    const worker = await world.open()
    const puller = worker.puller(orders)
    const seen: number[] = []
    const take = async (signal?: AbortSignal): Promise<void> => {
      const pulled = await puller
        .receive({ max: 5, wait: 1000, ...(signal !== undefined && { signal }) })
        .catch((error: { readonly code?: string }) => {
          equal(error.code, 'MQ_ABORTED', `a receive that was given up ended with ${error.code}`)
          return []
        })
      seen.push(...pulled.map(({ body }) => body.n))
      await Promise.all(pulled.map((message) => message.ack()))
    }
    for (let n = 1; n <= 8; n++) {
      const stop = new AbortController()
      const taking = take(stop.signal)
      const sending = shop.send(orders, { n })
      stop.abort()
      await Promise.all([taking, sending])
    }
    await world.until(
      async () => (await take(), seen.length >= 8),
      () => `eight messages; there were ${seen.join(', ')}`,
    )
    deepEqual(sorted(seen), [1, 2, 3, 4, 5, 6, 7, 8])
  },
})

const repeatedly = defineCase({
  id: 'close-12',
  title: 'when processes close and open again and again under load, nothing is lost and nothing comes twice',
  clauses: ['close.sequence', 'settle.release', 'lease.exclusive'],
  protects: 'a day with many deploys',
  uses: [orders],
  run: async (world) => {
    const shop = await world.open()
    const seen = new Seen(world)
    const all = items(80)
    const sending: Promise<unknown>[] = []
    for (let round = 0; round < 5; round++) {
      const before = seen.runs.length
      // Enough for each round, however quick the one before was.
      sending.push(shop.sendAll(orders, all.slice(round * 16, (round + 1) * 16)))
      const worker = await world.open()
      worker.subscribe(orders, async (message) => {
        seen.add(worker, message)
        await world.sleep(20)
      })
      await world.until(
        () => seen.runs.length >= before + 5,
        () => `five more messages in round ${round + 1}; there were ${seen.runs.length}`,
      )
      await worker.close()
    }
    await Promise.all(sending)
    const last = await world.open()
    last.subscribe(orders, (message) => seen.add(last, message))
    await seen.eachOnce(
      `all ${all.length} messages`,
      all.map(({ n }) => n),
    )
  },
})

const rolling = defineCase({
  id: 'close-15',
  title: 'when workers are replaced one after the other under load, nothing is lost and nothing comes twice',
  clauses: ['close.sequence', 'settle.release', 'consume.one-engine'],
  protects: 'every order during a rolling deploy',
  uses: [orders],
  run: async (world) => {
    const shop = await world.open()
    const seen = new Seen(world)
    const join = async () => {
      const worker = await world.open()
      worker.subscribe(orders, async (message) => {
        seen.add(worker, message)
        await world.sleep(15)
      })
      return worker
    }
    const workers = [await join(), await join(), await join()]
    const all = items(240)
    const sending: Promise<unknown>[] = []
    for (const [index, old] of workers.entries()) {
      const before = seen.runs.length
      // Enough for each round, however quick the one before was.
      sending.push(shop.sendAll(orders, all.slice(index * 80, (index + 1) * 80)))
      await join()
      await world.until(() => seen.runs.length > before, 'the work to go on')
      await old.close()
    }
    await Promise.all(sending)
    await seen.eachOnce(
      `all ${all.length} messages`,
      all.map(({ n }) => n),
    )
  },
})

/** One after the other: consumers, receives and whole processes. */
export const replacing: readonly Case[] = [onceMore, givenUp, repeatedly, rolling]
