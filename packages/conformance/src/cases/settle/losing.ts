import { fixed, queue, silentLogger } from '@anymq/core'
import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { defineCase, type Case } from '../../case.ts'
import { ITEM, items, LEASE, sorted } from '../items.ts'
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
    await world.until(
      () => new Set(seen.runs.map(({ n }) => n)).size === 3,
      () => `all three messages, for none was acknowledged; handlers saw ${seen.text}`,
    )
    await world.listen()
    deepEqual(sorted(seen.runs.map(({ n }) => n)), [1, 2, 3])
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

const afterClose = defineCase({
  id: 'settle-23',
  title: 'when a process closes with a message in hand, a settlement afterwards is refused and the message comes again',
  clauses: ['settle.release', 'close.use-after', 'settle.lease-lost'],
  protects: 'an acknowledgement that seems to succeed after the connection is gone',
  uses: [orders],
  run: async (world) => {
    const shop = await world.open()
    const worker = await world.open()
    await shop.send(orders, { n: 1 })
    const [held] = await worker.receive(orders, { wait: world.patience })
    await worker.close()
    ok(held!.signal.aborted, 'the signal of a message did not abort when its process closed')
    await rejects(held!.ack(), (error: { readonly code?: string }) =>
      ['MQ_LEASE_LOST', 'MQ_CLOSED', 'MQ_ALREADY_SETTLED'].includes(error.code ?? ''),
    )
    const other = await world.open()
    const seen = new Seen(world)
    other.subscribe(orders, (message) => seen.add(other, message))
    await world.until(() => seen.runs.length === 1, 'the message to come to another process')
    deepEqual(seen.attempts(1), [1])
  },
})

const told = defineCase({
  id: 'settle-22',
  title: 'when a handler has to stop, because its lease is lost or its process closes without time, its signal says so',
  clauses: ['lease.lost-signal', 'close.sequence', 'close.bounded'],
  protects: 'a handler that nobody can stop',
  harm: ['cut'],
  uses: [orders],
  run: async (world) => {
    const shop = await world.open()
    const codes: (string | undefined)[] = []
    const started: number[] = []
    const worker = await world.open()
    worker.subscribe(orders, async ({ body, signal }) => {
      started.push(body.n)
      await world.until(() => signal.aborted, `the signal of a handler to abort that has to stop (message ${body.n})`)
      codes.push((signal.reason as { readonly code?: string }).code)
    })
    await shop.send(orders, { n: 1 })
    await world.until(() => started.length === 1, 'a handler to run')
    await world.disturb('cut', worker)
    await world.until(
      () => codes.length === 1 && started.length === 2,
      () => `the first run to be told, and a second one; ${started.length} began`,
    )
    await world.within(worker.close({ timeout: 200 }), 'a close without time to end')
    await world.until(() => codes.length === 2, 'the second run to be told')
    equal(codes[0], 'MQ_LEASE_LOST')
    ok(['MQ_CLOSED', 'MQ_LEASE_LOST'].includes(codes[1] ?? ''), `at the end of a close the signal said ${codes[1]}`)
    const [left] = await shop.receive(orders, { wait: world.patience })
    ok(left !== undefined, 'the message did not come again')
    await left.ack()
  },
})

const forgotten = defineCase({
  id: 'settle-24',
  title: 'when a user pulls messages and forgets to settle them, a line in the log tells once, and they come again',
  clauses: ['pull.forgotten', 'pull.hold', 'retry.attempt-meaning'],
  protects: 'orders that vanish into a variable that nobody reads',
  uses: [orders],
  run: async (world) => {
    const lines: string[] = []
    const shop = await world.open()
    const worker = await world.open({
      logger: { ...silentLogger, warn: ({ id }, text) => void lines.push(`${id} ${text}`) },
    })
    const ids = await shop.sendAll(orders, items(2))
    const puller = worker.puller(orders)
    let count = 0
    await world.until(
      async () => (count += (await puller.receive({ max: 2 - count, wait: 500, hold: 700 })).length) === 2,
      () => `two messages to pull; there were ${count}`,
    )
    const forgets = (): number => worker.events.filter(({ event }) => event === 'unsettled').length
    await world.until(
      () => forgets() === 2,
      () => `an event for each message that was forgotten; there were ${forgets()}`,
    )
    const about = lines.filter((line) => /never settled/.test(line) && ids.some((id) => line.startsWith(id)))
    equal(about.length, 1, `${about.length} lines in the log tell of it: ${lines.join('; ')}`)
    // They may wait for their next attempt in the process where they failed.
    await puller.close()
    const seen = new Seen(world)
    shop.subscribe(orders, (message) => seen.add(shop, message))
    await world.until(
      () => seen.runs.length === 2,
      () => `both to come again; handlers saw ${seen.text}`,
    )
    deepEqual(sorted(seen.runs.map(({ n }) => n)), [1, 2])
  },
})

/** As many as would use up a broker's own limit of deliveries. */
const OFTEN = 30

const neverCounted = defineCase({
  id: 'settle-18',
  title:
    'when a message is given back thirty times and its connection is cut as often, it is still at its first attempt',
  clauses: ['retry.not-an-attempt', 'settle.release', 'retry.attempt-meaning', 'retry.crashes'],
  protects: 'a healthy order that is dead because its workers were deployed too often',
  harm: ['cut'],
  budget: 120_000,
  uses: [orders],
  run: async (world) => {
    const shop = await world.open()
    await shop.send(orders, { n: 1 })
    const worker = await world.open()
    for (let round = 0; round < 2 * OFTEN; round++) {
      const puller = worker.puller(orders)
      const [message] = await puller.receive({ wait: world.patience })
      ok(message !== undefined, `nothing came in round ${round + 1}`)
      equal(message.attempt, 1, `round ${round + 1}`)
      if (round % 2 === 0) await puller.close()
      else await world.disturb('cut', worker)
    }
    const seen = new Seen(world)
    worker.subscribe(orders, (message) => {
      seen.add(worker, message)
      if (message.attempt < 3) throw new Error('not yet')
    })
    await world.until(
      () => seen.runs.length === 3,
      () => `three runs; handlers saw ${seen.text}`,
    )
    deepEqual(seen.attempts(1), [1, 2, 3])
  },
})

/** What is in hand and is not ours any more. */
export const losing: readonly Case[] = [
  replaced,
  takenOver,
  renewalFails,
  neverCounted,
  inTransit,
  told,
  afterClose,
  forgotten,
]
