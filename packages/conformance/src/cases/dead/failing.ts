import { DeadLetter, fixed, queue, type Message } from '@anymq/core'
import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { defineCase, type Case } from '../../case.ts'
import type { Client } from '../../world/client.ts'
import type { Item } from '../../world/peer.ts'
import { crew } from '../crew.ts'
import { ITEM, items, LEASE, sorted } from '../items.ts'
import { Seen } from '../seen.ts'
import { Shutter } from '../shutter.ts'

const retry = { attempts: 2, backoff: fixed(50) }
const orders = queue('orders', { schema: ITEM, lease: LEASE, retry })

const confirmedFirst = defineCase({
  id: 'dead-06',
  title: 'when the dead-letter queue refuses a letter, the message stays until it is taken, and is never only gone',
  clauses: ['retry.forward-never-loses', 'dead.unwritable'],
  protects: 'an order that is neither in its queue nor among the dead',
  uses: [orders],
  run: async (world) => {
    const { happened } = world.fault('the dead-letter queue refuses a letter')
    const shutter = new Shutter(happened)
    const shop = await world.open()
    const seen = new Seen(world)
    const turnsDown = (worker: Client, message: Message<Item>): never => {
      seen.add(worker, message)
      throw new DeadLetter('no such customer')
    }
    await crew(world, orders, turnsDown, { seam: shutter.seam })
    const id = await shop.send(orders, { n: 1 })
    await world.until(
      () => shutter.refusals >= 2,
      () => `a letter to be refused twice; it was ${shutter.refusals} times`,
    )
    const letters = shop.deadLetters(orders)
    equal(await letters.count(), 0)
    shutter.isShut = false
    await world.until(
      async () => (await letters.count()) === 1,
      () => `the letter to arrive; handlers saw ${seen.text}`,
    )
    await world.listen()
    deepEqual(
      (await letters.peek()).map((letter) => [letter.id, letter.reason]),
      [[id, 'rejected']],
    )
    deepEqual(seen.attempts(1), [1], 'a decided message was handled again while its letter waited')
  },
})

const backsOff = defineCase({
  id: 'dead-08',
  title: 'when the dead-letter queue cannot be written, the consumer backs off, health says so, and others go on',
  clauses: ['dead.unwritable', 'life.health'],
  protects: 'a hot loop, or a shop that stands still in silence, because one queue is full',
  uses: [orders],
  run: async (world) => {
    const { happened } = world.fault('the dead-letter queue cannot be written')
    const shutter = new Shutter(happened)
    const shop = await world.open()
    const seen = new Seen(world)
    const turnsFirstDown = (worker: Client, message: Message<Item>): void => {
      seen.add(worker, message)
      if (message.body.n === 1) throw new DeadLetter('no such customer')
    }
    const hands = await crew(world, orders, turnsFirstDown, { seam: shutter.seam })
    const healths = () => hands.map(({ process }) => process.broker.health())
    await shop.sendAll(orders, items(5))
    await world.until(
      () => shutter.refusals > 0 && seen.runs.length === 5,
      () => `five runs; handlers saw ${seen.text}`,
    )
    const start = world.now()
    // Of the process that has the letter in hand.
    await world.until(() => healths().some(({ status }) => status === 'degraded'), 'health to be degraded')
    const reasons = healths().flatMap((health) => health.reasons)
    ok(
      reasons.some((reason) => reason.includes('dead-letter') && reason.includes('orders')),
      `health gives these reasons: ${reasons.join('; ')}`,
    )
    await world.sleep(3000)
    const seconds = (world.now() - start) / 1000
    ok(shutter.refusals <= 5 * seconds + 10, `it tried ${shutter.refusals} times in ${seconds} s`)
    shutter.isShut = false
    await world.until(
      async () => (await shop.deadLetters(orders).count()) === 1 && healths().every(({ status }) => status === 'up'),
      () =>
        `the letter to arrive, and health to be up; it is ${healths()
          .map(({ status }) => status)
          .join(' and ')}`,
    )
    deepEqual(sorted(seen.runs.map(({ n }) => n)), [1, 2, 3, 4, 5])
  },
})

const COUNT = 20

const crash = defineCase({
  id: 'dead-07',
  title: 'when a process dies while it dead-letters, every letter arrives, twice at the most',
  clauses: ['retry.forward-never-loses', 'dead.queue-per-source'],
  protects: 'poisoned orders that vanish in a crash',
  uses: [orders],
  run: async (world) => {
    const shop = await world.open()
    const letters = shop.broker.deadLetters(orders)
    const ids = await shop.sendAll(orders, items(COUNT))
    const doomed = await world.peer()
    await doomed.subscribe(orders, { ends: 'dead-letter', takes: 20, concurrency: 2 })
    await world.until(async () => (await letters.count()) > 2, 'some dead letters before the crash')
    await doomed.kill()
    const survivor = await world.peer()
    await survivor.subscribe(orders, { ends: 'dead-letter' })
    const found = async (): Promise<readonly string[]> =>
      (await shop.deadLetters(orders).peek({ max: 100 })).map(({ id }) => id)
    let all: readonly string[] = []
    await world.until(
      async () => {
        if ((await letters.count()) < COUNT) return false
        all = await found()
        return new Set(all).size === COUNT
      },
      () => `${COUNT} dead letters; there are ${new Set(all).size}`,
    )
    await world.listen()
    all = await found()
    deepEqual([...new Set(all)].sort(), [...ids].sort())
    const most = Math.max(...ids.map((id) => all.filter((other) => other === id).length))
    ok(most <= 2, `a dead letter is there ${most} times`)
  },
})

const first = queue('first', { schema: ITEM, lease: LEASE })

const missing = defineCase({
  id: 'dead-11',
  title: 'when the dead-letter queue is not there and nothing may be made, opening is refused and names it',
  clauses: ['provision.modes', 'provision.mismatch', 'dead.queue-per-source', 'name.override'],
  protects: 'a deploy that finds out with its first poisoned order that there is nowhere to put it',
  uses: [first, orders],
  run: async (world) => {
    await world.open({ definitions: [first] })
    const before = await world.site.entities?.()
    // What it points at exists; the dead letters of that do not.
    const address = `${world.namespace}.first.dead`
    const opening = world.open({
      definitions: [orders],
      provision: 'verify',
      overrides: { orders: { name: address, provision: 'verify' } },
    })
    await rejects(opening, (error: { readonly code?: string; readonly message?: string }) => {
      ok(
        ['MQ_NOT_FOUND', 'MQ_MISMATCH'].includes(error.code ?? ''),
        `it was refused with ${error.code}: ${error.message}`,
      )
      ok(error.message?.includes('dead') === true, `the error does not name the dead-letter queue: ${error.message}`)
      return true
    })
    deepEqual(await world.site.entities?.(), before, 'looking made or removed something')
    await world.open()
  },
})

const noRecursion = defineCase({
  id: 'dead-12',
  title: 'when what looks at a dead letter fails again and again, it stays one dead letter in one place',
  clauses: ['dead.queue-per-source', 'redrive.map', 'redrive.report', 'dead.peek'],
  protects: 'dead letters of dead letters',
  uses: [orders],
  run: async (world) => {
    const shop = await world.open()
    const worker = await world.open()
    worker.subscribe(orders, () => {
      throw new DeadLetter('no such customer')
    })
    const id = await shop.send(orders, { n: 1 })
    const letters = shop.deadLetters(orders)
    await world.until(async () => (await letters.count()) === 1, 'one dead letter')
    const before = await world.site.entities?.()
    for (let round = 0; round < 10; round++) {
      const { moved, kept, failed } = await letters.redrive({
        map: () => {
          throw new Error('cannot be repaired')
        },
      })
      deepEqual([moved, kept, failed.map((one) => one.id)], [0, 1, [id]])
    }
    deepEqual(
      (await letters.peek()).map((letter) => [letter.id, letter.attempts, letter.redriven]),
      [[id, 1, 0]],
    )
    deepEqual(await world.site.entities?.(), before)
  },
})

/** What goes wrong on the way to the dead-letter queue. */
export const failing: readonly Case[] = [confirmedFirst, backsOff, crash, missing, noRecursion]
