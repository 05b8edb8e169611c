import { fixed, queue } from '@anymq/core'
import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { defineCase, type Case } from '../../case.ts'
import { ITEM, items, LEASE } from '../items.ts'
import { NoExtensions } from '../leases-refused.ts'
import { Seen } from '../seen.ts'

const orders = queue('orders', {
  schema: ITEM,
  lease: LEASE,
  timeout: '1m',
  retry: { attempts: 3, backoff: fixed(50) },
})

const replaced = defineCase({
  id: 'settle-10',
  title: 'when the connection was replaced, a settlement from before is refused, and its message comes again',
  clauses: ['settle.lease-lost', 'lease.lost-signal', 'life.resumes', 'retry.not-an-attempt'],
  protects: 'an acknowledgement that reaches another order, because numbers begin anew on a new connection',
  harm: ['cut'],
  uses: [orders],
  run: async (world) => {
    const shop = await world.open()
    const worker = await world.open()
    await shop.sendAll(orders, items(3))
    const puller = worker.puller(orders)
    const [old] = await puller.receive({ max: 1, wait: world.patience })
    const { signal } = old!
    await world.disturb('cut', worker)
    await world.until(() => signal.aborted, 'the signal of a message to abort whose connection is gone')
    const fresh = await puller.receive({ max: 1, wait: world.patience })
    ok(fresh.length === 1, 'nothing was received on the new connection')
    await rejects(old!.ack(), { code: 'MQ_LEASE_LOST' })
    await rejects(old!.retry(), { code: 'MQ_LEASE_LOST' })
    await worker.close()
    const seen = new Seen(world)
    const other = await world.open()
    other.subscribe(orders, (message) => seen.add(other, message))
    await seen.eachOnce('all three messages, for none was acknowledged', [1, 2, 3])
    ok(
      seen.runs.every(({ attempt }) => attempt === 1),
      `a lost connection is no attempt; handlers saw ${seen.text}`,
    )
  },
})

const takenOver = defineCase({
  id: 'settle-11',
  title: 'when a lease was lost to somebody else, a late settlement is refused and does not disturb the new holder',
  clauses: ['settle.lease-lost', 'lease.lost-signal'],
  protects: 'a worker that wakes up from a long pause and throws away what its successor is working on',
  harm: ['cut'],
  uses: [orders],
  run: async (world) => {
    // The process believes that it has its lease still; where leases do not end by themselves, they end with the connection.
    let extensions = 0
    const silent = new NoExtensions(false, () => void extensions++)
    const shop = await world.open()
    const first = await world.open({ seam: silent.seam })
    await shop.send(orders, { n: 1 })
    const [stale] = await first.receive(orders, { wait: world.patience })
    if (silent.isTimed) {
      const fault = world.fault('leases are not extended, and nobody says so')
      await world.until(() => extensions > 0, 'an extension of the lease to be asked for')
      fault.happened('an extension was swallowed')
    } else await world.disturb('cut', first)
    const second = await world.open()
    const [held] = await second.receive(orders, { wait: world.patience })
    ok(held !== undefined, 'nobody else got the message after its lease was lost')
    await rejects(stale!.ack(), { code: 'MQ_LEASE_LOST' })
    await rejects(stale!.deadLetter(), { code: 'MQ_LEASE_LOST' })
    await world.sleep(LEASE)
    await held.ack()
    deepEqual(
      await shop.receive(orders, { max: 10, wait: LEASE + 500 }),
      [],
      'it came again after the new holder had acknowledged it',
    )
    equal(await shop.deadLetters(orders).count(), 0)
  },
})

const renewalFails = defineCase({
  id: 'settle-14',
  title: 'when leases cannot be extended any more, the handler is told by its signal and an event tells, once',
  clauses: ['lease.lost-signal', 'lease.extended', 'retry.attempt-meaning'],
  protects: 'a handler that works on for an hour on what belongs to somebody else',
  uses: [orders],
  run: async (world) => {
    const fault = world.fault('leases are not extended')
    const extensions = new NoExtensions(true, fault.happened)
    const shop = await world.open()
    const worker = await world.open({ seam: extensions.seam })
    const seen = new Seen(world)
    const reasons: unknown[] = []
    worker.subscribe(orders, async (message) => {
      seen.add(worker, message)
      if (message.attempt > 1 || seen.runs.length > 1) return
      message.signal.addEventListener('abort', () => reasons.push(message.signal.reason))
      await world.sleep(3 * LEASE)
    })
    await shop.send(orders, { n: 1 })
    await world.until(() => seen.runs.length > 0, 'a handler to run')
    await world.sleep(3 * LEASE)
    // Where nothing is extended nothing can fail, and the lease lasts as long as the connection.
    if (!extensions.isTimed) return fault.happened('leases here last as long as the connection, and none is extended')
    deepEqual(
      reasons.map((reason) => (reason as { readonly code?: string }).code),
      ['MQ_LEASE_LOST'],
    )
    equal(worker.events.filter(({ event }) => event === 'lease-lost').length, 1, 'one event tells of one lost lease')
    await world.until(
      () => seen.runs.length === 2,
      () => `the message to come again; handlers saw ${seen.text}`,
    )
    ok(extensions.refused > 1, `it tried to extend the lease ${extensions.refused} times before it gave up`)
  },
})

const inTransit = defineCase({
  id: 'settle-20',
  title:
    'when an acknowledgement does not get through, it is tried again as long as the lease lasts, and then reported',
  clauses: ['settle.lease-lost', 'settle.ack-stored'],
  protects: 'an order that is shipped twice because one packet was lost',
  uses: [orders],
  run: async (world) => {
    const fault = world.fault('acknowledgements do not get through')
    let toFail = 2
    let isTimed = false
    const worker = await world.open({
      seam: {
        deliver: (_, batch, next) => {
          isTimed ||= batch.some(({ leaseUntil }) => leaseUntil !== 0)
          next(batch)
        },
        settle: async (_, batch, next) => {
          const acks = batch.flatMap(({ action }, index) => (action === 'ack' ? [index] : []))
          if (acks.length === 0 || toFail === 0) return next(batch)
          toFail--
          fault.happened('an acknowledgement was lost on its way')
          await next(batch.filter(({ action }) => action !== 'ack'))
          const failure = { code: 'MQ_TIMEOUT', retryable: true, outcome: 'unknown', message: 'no answer' } as const
          return { failed: acks.map((index) => ({ index, failure })) }
        },
      },
    })
    await worker.sendAll(orders, items(2))
    const puller = worker.puller(orders)
    const [first] = await puller.receive({ max: 1, wait: world.patience })
    await world.within(first!.ack(), 'an acknowledgement that failed twice to get through at last')
    equal(toFail, 0, 'it resolved before anything was lost')
    if (!isTimed) return
    const [second] = await puller.receive({ max: 1, wait: world.patience })
    toFail = Infinity
    await rejects(world.within(second!.ack(), 'an acknowledgement that never gets through to be given up'), {
      code: 'MQ_LEASE_LOST',
    })
    toFail = 0
  },
})

/** What is in hand and is not ours any more. */
export const losing: readonly Case[] = [replaced, takenOver, renewalFails, inTransit]
