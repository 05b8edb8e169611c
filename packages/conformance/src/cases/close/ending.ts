import { fixed, queue } from '@anymq/core'
import { deepEqual, equal, ok } from 'node:assert/strict'
import { defineCase, type Case } from '../../case.ts'
import { ITEM, items, LEASE, sorted } from '../items.ts'
import { Seen } from '../seen.ts'

/** Leases so long that what comes back sooner was given back. */
const orders = queue('orders', { schema: ITEM, lease: '2m', timeout: '1m', retry: { attempts: 1, backoff: fixed(0) } })
/** Far less than the lease, milliseconds. */
const PROMPT = 15_000
const quick = queue('quick', { schema: ITEM, lease: LEASE })

const finishes = defineCase({
  id: 'close-01',
  title: 'when a process closes, the handlers that run may finish, and what they did counts',
  clauses: ['close.sequence', 'settle.ack-stored', 'settle.ack-sent'],
  protects: 'an order that is shipped a second time after every deploy',
  profile: 'smoke',
  uses: [quick],
  run: async (world) => {
    const shop = await world.open()
    const worker = await world.open()
    const [begun, ended]: [number[], number[]] = [[], []]
    worker.subscribe(quick, async ({ body }) => {
      begun.push(body.n)
      await world.sleep(600)
      ended.push(body.n)
    })
    await shop.sendAll(quick, items(3))
    await world.until(
      () => begun.length === 3,
      () => `three handlers to run; ${begun.length} do`,
    )
    await world.within(worker.close(), 'a close to end whose handlers take 600 ms')
    deepEqual(sorted(ended), [1, 2, 3], 'close ended before its handlers had')
    deepEqual(
      await shop.receive(quick, { max: 10, wait: LEASE + 1000 }),
      [],
      'what was handled before the close came again',
    )
  },
})

const toldToStop = defineCase({
  id: 'close-02',
  title:
    'when a process has to close before its handlers have finished, they are told, and their messages come back at once',
  clauses: ['close.sequence', 'close.bounded', 'settle.release', 'lease.lost-signal'],
  protects: 'orders that lie there for two minutes after every deploy',
  uses: [orders],
  run: async (world) => {
    const shop = await world.open()
    const worker = await world.open()
    let begun = 0
    let told = 0
    worker.subscribe(orders, async ({ signal }) => {
      begun++
      await world.until(() => signal.aborted, 'the signal of a handler to abort whose process closes')
      told++
    })
    await shop.sendAll(orders, items(2))
    await world.until(
      () => begun === 2,
      () => `two handlers to run; ${begun} do`,
    )
    const start = world.now()
    await world.within(worker.close({ timeout: 500 }), 'a close of half a second to end')
    ok(world.now() - start < 5000, `a close of 500 ms took ${world.now() - start} ms`)
    const other = await world.open()
    const seen = new Seen(world)
    const work = other.subscribe(orders, (message) => seen.add(other, message))
    await world.within(work.ready, 'a subscription to be ready')
    await world.until(
      () => seen.runs.length >= 2,
      () => `both messages to come back promptly; handlers saw ${seen.text}`,
      PROMPT,
    )
    await world.until(
      () => told === 2,
      () => `both handlers to be told; ${told} were`,
    )
    await world.listen()
    deepEqual([seen.attempts(1), seen.attempts(2)], [[1], [1]])
  },
})

const harmless = defineCase({
  id: 'close-03',
  title: 'when processes close again and again with a message in a handler, no failure is counted and nothing is dead',
  clauses: ['settle.release', 'retry.not-an-attempt', 'close.sequence'],
  protects: 'an order with one attempt that is dead because it was in the way of a deploy',
  uses: [orders],
  run: async (world) => {
    const shop = await world.open()
    await shop.send(orders, { n: 1 })
    const seen = new Seen(world)
    for (let round = 1; round <= 4; round++) {
      const worker = await world.open()
      worker.subscribe(orders, async (message) => {
        seen.add(worker, message)
        await world.until(() => message.signal.aborted, 'the signal of a handler to abort whose process closes')
        throw new Error('stopped')
      })
      await world.until(
        () => seen.runs.length === round,
        () => `run ${round}; handlers saw ${seen.text}`,
        PROMPT,
      )
      await world.within(worker.close({ timeout: 200 }), 'a close of 200 ms to end')
    }
    deepEqual(seen.attempts(1), [1, 1, 1, 1])
    equal(await shop.deadLetters(orders).count(), 0)
    const [left] = await world.within(shop.receive(orders, { wait: PROMPT }), 'the message after four deploys')
    ok(left !== undefined, 'the message is gone')
    equal(left.attempt, 1)
    await left.ack()
  },
})

const givesBack = defineCase({
  id: 'close-04',
  title: 'when a process closes, what it had fetched and not begun is available to others at once',
  clauses: ['close.sequence', 'consume.buffer-bounded', 'settle.release'],
  protects: 'the orders that a closing worker happened to have in its pocket',
  uses: [orders],
  run: async (world) => {
    const shop = await world.open()
    const worker = await world.open()
    await shop.sendAll(orders, items(8))
    const first = new Seen(world)
    worker.subscribe(
      orders,
      async (message) => {
        first.add(worker, message)
        await world.sleep(800)
      },
      { concurrency: 1 },
    )
    await world.until(() => first.runs.length === 1, 'a handler to run')
    await world.within(worker.close(), 'a close to end whose handler takes 800 ms')
    const handled = first.runs.map(({ n }) => n)
    equal(handled.length, 1, `a closing process began ${handled.length} handlers`)
    const other = await world.open()
    const seen = new Seen(world)
    const work = other.subscribe(orders, (message) => seen.add(other, message))
    await world.within(work.ready, 'a subscription to be ready')
    await world.until(
      () => seen.runs.length >= 7,
      () => `the seven others promptly; handlers saw ${seen.text}`,
      PROMPT,
    )
    await world.listen()
    deepEqual(sorted([...handled, ...seen.runs.map(({ n }) => n)]), [1, 2, 3, 4, 5, 6, 7, 8])
  },
})

/** What happens to handlers, and to what was fetched. */
export const ending: readonly Case[] = [finishes, toldToStop, harmless, givesBack]
