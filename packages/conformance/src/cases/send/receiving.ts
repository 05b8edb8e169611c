import { bytes, group, queue, topic } from '@anymq/core'
import { deepEqual, equal, ok } from 'node:assert/strict'
import { defineCase, type Case } from '../../case.ts'
import { crew } from '../crew.ts'
import { ITEM, items, LEASE, sorted } from '../items.ts'
import { Seen } from '../seen.ts'

const orders = queue('orders', { schema: ITEM, lease: LEASE })

/** Every byte there is: whatever takes a body for text on its way changes some of them. */
const EVERY_BYTE = Uint8Array.from({ length: 256 }, (_, index) => index)
const pictures = queue('pictures', { codec: bytes, lease: LEASE })

const oneMessage = defineCase({
  id: 'send-01',
  title: 'when one message is sent, it arrives with its id, headers and type, and its body byte for byte',
  clauses: ['send.confirmed', 'send.id', 'send.id-constant', 'send.id-source', 'pull.receive'],
  protects: 'an order that arrives as another order, or without what was sent along with it',
  profile: 'smoke',
  uses: [orders, pictures],
  run: async (world) => {
    const shop = await world.open()
    const worker = await world.open()
    const headers = { tenant: 'acme', city: 'Zürich' }
    const before = shop.recorder.wallClock()
    equal(await shop.send(orders, { n: 1 }, { id: 'order-1', type: 'placed', headers }), 'order-1')
    const [message] = await worker.receive(orders, { wait: world.patience })
    ok(message, 'nothing was received')
    deepEqual([message.id, message.idSource, message.type, message.body], ['order-1', 'producer', 'placed', { n: 1 }])
    deepEqual({ ...message.headers }, headers)
    deepEqual([message.source, message.attempt, message.redriven], ['orders', 1, 0])
    const late = message.sentAt.getTime() - before
    ok(late >= -1000 && late < 60_000, `it says that it was sent ${late} ms after it was`)
    await message.ack()
    await shop.send(pictures, EVERY_BYTE)
    const [picture] = await worker.receive(pictures, { wait: world.patience })
    ok(picture, 'no bytes were received')
    deepEqual([...picture.body], [...EVERY_BYTE], 'other bytes arrived than were sent')
    await picture.ack()
  },
})

/** In a second: a broker may be asked again and again for what it does not push, but nobody needs more than this. */
const MOST_LOOKS = 200

const nothingThere = defineCase({
  id: 'send-02',
  title: 'when nothing is there, receive waits as long as it was told to, returns nothing, and does not spin',
  clauses: ['pull.receive', 'consume.idle'],
  protects: 'a worker that spins, or dies, because a queue is empty',
  profile: 'smoke',
  uses: [orders],
  run: async (world) => {
    let looks = 0
    const counted = {
      demand: (_: unknown, next: () => number | Promise<number>) => {
        looks++
        return next()
      },
    }
    const pullers = [await world.open({ seam: counted }), await world.open()].map((worker) => worker.puller(orders))
    const start = world.now()
    const pulled = await world.within(
      Promise.all(pullers.map((puller) => puller.receive({ max: 10, wait: 400 }))),
      'two receives that find nothing to end',
    )
    const took = world.now() - start
    deepEqual(pulled, [[], []])
    ok(took >= 399, `it returned ${took} ms after it was told to wait 400 ms`)
    const most = Math.ceil((took / 1000) * MOST_LOOKS)
    ok(looks <= most, `an idle process looked for messages ${looks} times in ${took} ms; ${most} would be many`)
    const shop = await world.open()
    await shop.send(orders, { n: 1 })
    // Whose it is the broker decides: they take turns.
    await world.until(async () => {
      const got = await Promise.all(pullers.map((puller) => puller.receive({ wait: 200 })))
      await Promise.all(got.flat().map((message) => message.ack()))
      return got.flat().length > 0
    }, 'a message to be received after receives that found nothing')
  },
})

const arrivesLate = defineCase({
  id: 'send-03',
  title: 'when a message comes while receive waits, it returns at once, and does not wait for more',
  clauses: ['pull.receive'],
  protects: 'an order that lies there for as long as the worker happens to wait',
  uses: [orders],
  run: async (world) => {
    const shop = await world.open()
    const worker = await world.open()
    const wait = 2 * world.patience
    const start = world.now()
    const receiving = worker.receive(orders, { max: 10, wait })
    await world.sleep(500)
    await shop.send(orders, { n: 1 })
    const pulled = await world.within(
      receiving,
      'a receive that waits for ten messages to return with the one there is',
    )
    deepEqual(
      pulled.map(({ body }) => body.n),
      [1],
    )
    ok(world.now() - start < wait - 1000, 'it waited to the end though a message had come')
    await pulled[0]!.ack()
  },
})

const placed = topic('placed', { schema: ITEM, groups: ['payment'] })
const payment = group(placed, 'payment', { lease: LEASE })

const backlog = defineCase({
  id: 'send-10',
  title: 'when messages are sent before anybody consumes, they wait: in a queue, and in every group that is listed',
  clauses: ['group.listed', 'group.every-message', 'send.confirmed'],
  protects: 'the orders of the minute before the first worker was started',
  profile: 'smoke',
  needs: ['groups'],
  uses: [orders, placed, payment],
  run: async (world) => {
    const shop = await world.open({ definitions: [orders, placed] })
    await shop.sendAll(orders, items(5))
    await shop.sendAll(placed, items(5))
    await shop.close()
    const [queued, grouped] = [new Seen(world), new Seen(world)]
    await crew(world, orders, (worker, message) => queued.add(worker, message))
    await crew(world, payment, (worker, message) => grouped.add(worker, message))
    await world.until(
      () => queued.runs.length >= 5 && grouped.runs.length >= 5,
      () => `five messages in each; the queue had ${queued.text}, the group ${grouped.text}`,
    )
    await world.listen()
    for (const { runs } of [queued, grouped]) deepEqual(sorted(runs.map(({ n }) => n)), [1, 2, 3, 4, 5])
  },
})

const pullAndPush = defineCase({
  id: 'send-18',
  title: 'when some pull and others are pushed to, they share what there is, and each message has one taker',
  clauses: ['consume.one-engine', 'lease.exclusive', 'pull.receive', 'consume.one-feed'],
  protects: 'a repair tool that pulls beside the workers, and doubles their work',
  uses: [orders],
  run: async (world) => {
    const shop = await world.open()
    const both = await world.open()
    const seen = new Seen(world)
    for (const worker of [both, await world.open()]) {
      const work = worker.subscribe(orders, (message) => seen.add(worker, message))
      await world.within(work.ready, 'a subscription to be ready')
    }
    const pulled: number[] = []
    const pullers = [both.puller(orders), (await world.open()).puller(orders)]
    const pull = async (): Promise<void> => {
      for (const puller of pullers)
        for (const message of await puller.receive({ max: 4, wait: 50 })) {
          pulled.push(message.body.n)
          await message.ack()
        }
    }
    let sent = 0
    const send = async (): Promise<void> => {
      const next = items(20).map(({ n }) => ({ n: sent + n }))
      sent += next.length
      await shop.sendAll(orders, next)
    }
    // Who gets what is chance: there is more until both have got something.
    await world.until(
      async () => {
        if (sent < 60 || seen.runs.length === 0 || pulled.length === 0) await Promise.all([pull(), send()])
        else await pull()
        return seen.runs.length > 0 && pulled.length > 0 && seen.runs.length + pulled.length >= sent
      },
      () => `all ${sent} messages, some of each; ${seen.runs.length} were pushed and ${pulled.length} pulled`,
    )
    await world.listen()
    deepEqual(
      sorted([...seen.runs.map(({ n }) => n), ...pulled]),
      items(sent).map(({ n }) => n),
    )
  },
})

/** How what was sent is got. */
export const receiving: readonly Case[] = [oneMessage, nothingThere, arrivesLate, backlog, pullAndPush]
