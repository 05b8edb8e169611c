import { fixed, queue, silentLogger } from '@anymq/core'
import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { defineCase, type Case } from '../../case.ts'
import { ITEM, items, LEASE, sorted } from '../items.ts'
import { Seen } from '../seen.ts'

const orders = queue('orders', {
  schema: ITEM,
  lease: LEASE,
  timeout: '1m',
  retry: { attempts: 3, backoff: fixed(50) },
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

/** What a process leaves behind, and is told when it has to. */
export const leaving: readonly Case[] = [neverCounted, told, afterClose, forgotten]
