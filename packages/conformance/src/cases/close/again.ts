import { group, handle, queue, topic } from '@anymq/core'
import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { defineCase, type Case } from '../../case.ts'
import type { Client } from '../../world/client.ts'
import type { World } from '../../world/world.ts'
import { ITEM, items, LEASE } from '../items.ts'
import { Seen } from '../seen.ts'

const orders = queue('orders', { schema: ITEM, lease: LEASE })
const quiet = queue('quiet', { schema: ITEM, lease: LEASE })
const placed = topic('placed', { schema: ITEM, groups: ['payment'] })
const payment = group(placed, 'payment', { lease: LEASE })

const twice = defineCase({
  id: 'close-05',
  title: 'when a process is closed twice, or by two at once, that is as if it were closed once',
  clauses: ['close.idempotent', 'close.bounded'],
  protects: 'a shutdown that fails because two signals came',
  uses: [orders],
  run: async (world) => {
    const worker = await world.open()
    const subscription = worker.subscribe(orders)
    await worker.send(orders, { n: 1 })
    await subscription.ready
    await world.within(
      Promise.all([subscription.close(), subscription.close(), worker.close(), worker.close()]),
      'four closes at once to end',
    )
    await world.within(worker.close(), 'a close to end of what is closed')
    await world.within(subscription.close(), 'a close to end of a subscription that is closed')
    await subscription.done
  },
})

const inTrouble = defineCase({
  id: 'close-06',
  title:
    'when a process closes while it reconnects, holds what nobody reads, or waits for an answer, it closes all the same',
  clauses: ['close.anywhere', 'close.bounded'],
  protects: 'a deploy that cannot go on because the network is down',
  harm: ['cut'],
  uses: [orders, quiet],
  run: async (world) => {
    const shop = await world.open()
    await shop.sendAll(orders, items(5))
    const broken = await world.open()
    broken.subscribe(orders)
    const unread = await world.open()
    const puller = unread.puller(orders)
    await puller.receive({ max: 2, wait: 1000 })
    const unanswered = await deaf(world)
    await world.disturb('cut', broken)
    const start = world.now()
    const closing = [broken, unread, unanswered].map((process) => process.close({ timeout: '5s' }))
    await world.within(Promise.all(closing), 'three closes of five seconds to end', 15_000)
    const took = world.now() - start
    ok(took < 10_000, `closing was given five seconds, and took ${took} ms`)
  },
})

/** A process whose acknowledgement the broker does not answer. */
async function deaf(world: World): Promise<Client> {
  const fault = world.fault('a settlement is not answered')
  const state = { isAsked: false }
  const process = await world.open({
    seam: {
      settle: (_, batch, next) => {
        if (state.isAsked) return next(batch)
        state.isAsked = true
        fault.happened('the broker did not answer')
        return new Promise(() => undefined)
      },
    },
  })
  await process.send(quiet, { n: 1 })
  process.subscribe(quiet)
  await world.until(() => state.isAsked, 'an acknowledgement to be on its way')
  return process
}

const refused = defineCase({
  id: 'close-07',
  title: 'when something is asked of a closed process, it is refused with one code, everywhere',
  clauses: ['close.use-after', 'error.shape'],
  protects: 'a request that hangs because its process is already going down',
  uses: [orders, placed, payment],
  needs: ['groups'],
  run: async (world) => {
    const shop = await world.open()
    const { broker } = shop
    const producer = broker.producer(orders)
    const consumer = broker.consumer(orders)
    const letters = broker.deadLetters(orders)
    await shop.send(orders, { n: 1 })
    const [message] = await shop.receive(orders, { wait: world.patience })
    ok(message, 'nothing was received before the close')
    await message.ack()
    await shop.close()
    const closed = { code: 'MQ_CLOSED' }
    const calls: Readonly<Record<string, () => Promise<unknown>>> = {
      'broker.send': () => broker.send(orders, { n: 2 }),
      'broker.producer': async () => broker.producer(orders),
      'broker.consumer': async () => broker.consumer(orders),
      'broker.deadLetters': async () => broker.deadLetters(orders),
      'broker.run': () => broker.run([handle(orders, () => undefined)], { signals: false }),
      'broker.remove': () => broker.remove(payment),
      'broker.native': async () => broker.native,
      'producer.send': () => producer.send({ n: 2 }),
      'producer.sendBatch': () => producer.sendBatch([{ body: { n: 2 } }]),
      'consumer.receive': () => consumer.receive({ wait: 100 }),
      'consumer.subscribe': async () => consumer.subscribe(() => undefined).ready,
      'consumer.subscribeBatch': async () => consumer.subscribeBatch(() => undefined, { max: 2, within: 10 }).ready,
      'consumer.messages': async () => consumer.messages()[Symbol.asyncIterator]().next(),
      'broker.stats': () => broker.stats(orders),
      'broker.declare': () => broker.declare(orders),
      'letters.count': () => letters.count(),
      'letters.peek': () => letters.peek(),
      'letters.redrive': () => letters.redrive(),
      'letters.discard': () => letters.discard({ ids: ['none'] }),
      'letters.purge': () => letters.purge(),
    }
    for (const [name, call] of Object.entries(calls))
      await rejects(world.within(call(), `${name} after close to be refused`), closed, `${name} after close`)
    equal(typeof broker.health().status, 'string')
  },
})

const tooEarly = defineCase({
  id: 'close-10',
  title: 'when something is closed before it has begun, or begun twice, nothing is lost and nothing hangs',
  clauses: ['close.idempotent', 'consume.done', 'consume.one-engine'],
  protects: 'a shutdown in the first second',
  uses: [orders],
  run: async (world) => {
    const shop = await world.open()
    await shop.sendAll(orders, items(6))
    const early = await world.open()
    const subscription = early.subscribe(orders, () => world.sleep(10))
    await world.within(subscription.close(), 'a subscription to close that is not ready yet')
    await world.within(subscription.done, 'a subscription to be done that was closed before it was ready')
    await (await world.open()).close()
    const worker = await world.open()
    const [one, two] = [new Seen(world), new Seen(world)]
    worker.subscribe(orders, (message) => one.add(worker, message))
    worker.subscribe(orders, (message) => two.add(worker, message))
    const handledEarly = world.history.facts.filter(
      ({ fact, process }) => fact === 'end' && process === early.name,
    ).length
    await world.until(
      () => one.runs.length + two.runs.length >= 6 - handledEarly,
      () => `the rest of six messages; one subscription saw ${one.text}, the other ${two.text}`,
    )
  },
})

const removed = defineCase({
  id: 'close-16',
  title:
    'when a group is removed on purpose, it is gone with what it held, and nothing else is; no close removes anything',
  clauses: ['group.remove', 'provision.never-deletes'],
  protects: 'the orders of the group that somebody forgot, and of those that nobody meant',
  needs: ['groups'],
  uses: [orders, placed, payment],
  run: async (world) => {
    const shop = await world.open()
    await shop.send(orders, { n: 1 })
    await shop.send(placed, { n: 2 })
    const made = await world.site.entities?.()
    await shop.close()
    deepEqual(await world.site.entities?.(), made, 'a close removed something')
    // Where groups are closed, one belongs to the topic that lists it.
    const audited = topic('placed', { schema: ITEM, groups: ['payment', 'audit'] })
    const audit = group(audited, 'audit', { lease: LEASE })
    const visitor = await world.open({ definitions: [audited, audit] })
    const wider = await world.site.entities?.()
    ok(wider === undefined || wider.length > made!.length, 'a new group made nothing')
    await visitor.send(audited, { n: 3 })
    await visitor.close()
    const remover = await world.open({ definitions: [orders] })
    await remover.broker.remove(audit)
    const left = await world.site.entities?.()
    deepEqual([...(left ?? [])].sort(), [...(made ?? [])].sort(), 'a removal left something, or took more with it')
    const worker = await world.open()
    const [queued, grouped] = [new Seen(world), new Seen(world)]
    worker.subscribe(orders, (message) => queued.add(worker, message))
    worker.subscribe(payment, (message) => grouped.add(worker, message))
    await world.until(
      () => queued.runs.length === 1 && grouped.runs.length === 2,
      () => `one message in the queue and two in the group that stayed; they had ${queued.text}, and ${grouped.text}`,
    )
    // A group of that name begins anew.
    const heir = await world.open({ definitions: [audited, audit] })
    const heard = await heir.receive(audit, { max: 10, wait: 1000 })
    deepEqual(
      heard.map(({ body }) => body.n),
      [],
      'a group that was removed and declared again has what it held before',
    )
    await heir.close()
    await (await world.open({ definitions: [orders] })).broker.remove(audit)
    // Who cannot look has not seen what was removed.
    await world.entities()
  },
})

/** Closing twice, too early and in trouble, and what is asked afterwards. */
export const again: readonly Case[] = [twice, inTrouble, refused, tooEarly, removed]
