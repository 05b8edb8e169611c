import { fixed, queue } from '@anymq/core'
import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { defineCase, type Case } from '../../case.ts'
import { crew } from '../crew.ts'
import { ITEM, items, LEASE } from '../items.ts'
import { Seen } from '../seen.ts'

const orders = queue('orders', {
  schema: ITEM,
  lease: LEASE,
  timeout: '1m',
  retry: { attempts: 3, backoff: fixed(50) },
})

const deadConsumer = defineCase({
  id: 'settle-02',
  title: 'when a process dies with messages in its hands, another one gets them',
  clauses: ['lease.exclusive', 'retry.not-an-attempt'],
  protects: 'an order that nobody ships because its worker crashed',
  profile: 'smoke',
  uses: [orders],
  run: async (world) => {
    const shop = await world.open()
    await shop.sendAll(orders, items(6))
    const doomed = await world.peer()
    const held = await doomed.hold(orders, { max: 3, wait: world.patience })
    ok(held.length > 0, 'the process that shall die got nothing')
    await doomed.kill()
    const survivor = await world.open()
    const seen = new Seen(world)
    survivor.subscribe(orders, (message) => seen.add(survivor, message))
    await seen.eachOnce(`six messages, ${held.length} of which a dead process held`, [1, 2, 3, 4, 5, 6])
    ok(
      seen.runs.every(({ attempt }) => attempt === 1),
      `a crash is no attempt; handlers saw ${seen.text}`,
    )
  },
})

const longHandler = defineCase({
  id: 'settle-12',
  title: 'when a handler takes longer than the lease, it is extended, and nobody else gets the message',
  clauses: ['lease.extended', 'lease.exclusive'],
  protects: 'a long print job that is begun a second time before the first has ended',
  uses: [orders],
  run: async (world) => {
    const shop = await world.open()
    const seen = new Seen(world)
    let aborted = 0
    await crew(world, orders, async (worker, message) => {
      seen.add(worker, message)
      message.signal.addEventListener('abort', () => void aborted++)
      await world.sleep(2.5 * LEASE)
    })
    await shop.sendAll(orders, items(2))
    await world.until(
      () => seen.runs.length >= 2,
      () => `two runs; handlers saw ${seen.text}`,
    )
    await world.sleep(3 * LEASE)
    deepEqual([seen.attempts(1), seen.attempts(2), aborted], [[1], [1], 0])
  },
})

const buffered = defineCase({
  id: 'settle-13',
  title:
    'when messages wait behind a slow handler, their leases are extended or they are given to others, and each has one run',
  clauses: ['lease.extended', 'consume.buffer-bounded', 'lease.exclusive'],
  protects: 'messages fetched ahead that end up in two hands because nobody kept their leases',
  uses: [orders],
  run: async (world) => {
    const shop = await world.open()
    const seen = new Seen(world)
    for (const worker of [await world.open(), await world.open()]) {
      const work = worker.subscribe(
        orders,
        async (message) => {
          seen.add(worker, message)
          await world.sleep(LEASE)
        },
        { concurrency: 1 },
      )
      await world.within(work.ready, 'a subscription to be ready')
    }
    await shop.sendAll(orders, items(6))
    await world.until(
      () => seen.runs.length >= 6,
      () => `six runs; handlers saw ${seen.text}`,
    )
    await world.sleep(LEASE + 100)
    deepEqual(
      [1, 2, 3, 4, 5, 6].map((n) => seen.attempts(n)),
      [[1], [1], [1], [1], [1], [1]],
    )
  },
})

/** So much shorter than what extends it that only the extension keeps a message. Milliseconds; long enough to ask for one. */
const HOLD = 1500

const tooLong = defineCase({
  id: 'settle-15',
  title:
    'when a lease is to be extended by longer than the broker can hold a message, the call is refused and names the limit',
  clauses: ['lease.extend', 'capability.never-weakened', 'error.shape'],
  protects: 'a worker that believes it has a day, and has twelve hours',
  uses: [orders],
  run: async (world) => {
    const shop = await world.open()
    const worker = await world.open()
    await shop.send(orders, { n: 1 })
    // Held by itself for a moment only: what keeps it longer is the extension.
    const [message] = await worker.receive(orders, { wait: world.patience, hold: HOLD })
    const { maxHold } = world.manifest
    if (Number.isFinite(maxHold))
      await rejects(
        message!.extend(maxHold + 60_000),
        (error: { readonly code?: string; readonly message?: string }) => {
          equal(error.code, 'MQ_INVALID', error.message)
          ok(/at most/.test(error.message ?? ''), `the error names no limit: ${error.message}`)
          return true
        },
      )
    await rejects(message!.extend('soon' as '1s'), { code: 'MQ_INVALID' })
    await message!.extend('1m')
    await world.sleep(HOLD + LEASE + 500)
    ok(!message!.signal.aborted, 'a message was lost that was extended by a minute')
    await message!.ack()
  },
})

const early = defineCase({
  id: 'settle-16',
  title: 'when a lease was extended and the message is given back early, it is available at once',
  clauses: ['lease.extend', 'settle.release', 'settle.any-order'],
  protects: 'an order that waits for an hour because somebody once wanted it for an hour',
  uses: [orders],
  run: async (world) => {
    const shop = await world.open()
    const first = await world.open()
    // Another consumer of the process stays: nothing comes back only because everything was closed.
    deepEqual(await first.receive(orders, { wait: 100 }), [])
    await shop.sendAll(orders, items(2))
    const puller = first.puller(orders)
    const [taken] = await puller.receive({ max: 1, wait: world.patience, hold: HOLD })
    await taken!.extend('10m')
    const { n } = taken!.body
    await world.sleep(HOLD + LEASE + 500)
    ok(!taken!.signal.aborted, 'a message was lost that was extended by ten minutes')
    await puller.close()
    const seen = new Seen(world)
    // Whoever may hold it: where places have their owners that is the process that had it.
    for (const worker of [first, await world.open()]) {
      const work = worker.subscribe(orders, (message) => seen.add(worker, message))
      await world.within(work.ready, 'a subscription to be ready')
    }
    await world.until(
      () => seen.of(n).length === 1,
      () => `the message that was given back; handlers saw ${seen.text}`,
      10_000,
    )
    deepEqual(seen.attempts(n), [1], 'a release is no attempt')
  },
})

const tooSlow = defineCase({
  id: 'settle-17',
  title: 'when a handler is allowed longer than the broker allows, consuming is refused and names both',
  clauses: ['consume.timeout', 'capability.startup', 'capability.never-weakened'],
  protects: 'a nightly job whose connection the broker cuts after half an hour, every night',
  uses: [orders],
  run: async (world) => {
    const worker = await world.open()
    const { handlerTimeout } = world.manifest
    const refused = (): void => {
      worker.subscribe(orders, () => undefined, {}, { timeout: handlerTimeout + 1000 })
    }
    if (Number.isFinite(handlerTimeout)) {
      let problem: { readonly code?: string; readonly message?: string } = {}
      try {
        refused()
      } catch (error) {
        problem = error as typeof problem
      }
      ok(
        ['MQ_UNSUPPORTED', 'MQ_CONFIG'].includes(problem.code ?? ''),
        `a timeout of ${handlerTimeout + 1000} ms was answered with ${problem.code}`,
      )
      ok(/timeout/.test(problem.message ?? ''), `the error does not name the field: ${problem.message}`)
    }
    const seen = new Seen(world)
    worker.subscribe(
      orders,
      (message) => seen.add(worker, message),
      {},
      { timeout: Math.min(handlerTimeout, 3_600_000) },
    )
    await worker.send(orders, { n: 1 })
    await world.until(() => seen.runs.length === 1, 'a message with the longest timeout that is allowed')
  },
})

/** How long a message is held, and what happens to it meanwhile. */
export const leases: readonly Case[] = [deadConsumer, longHandler, buffered, tooLong, early, tooSlow]
