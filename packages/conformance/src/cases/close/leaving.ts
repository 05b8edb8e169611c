import { queue } from '@anymq/core'
import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { defineCase, type Case } from '../../case.ts'
import { codeOf } from '../../world/recorded-message.ts'
import type { World } from '../../world/world.ts'
import { ITEM, items, LEASE } from '../items.ts'
import { Seen } from '../seen.ts'

const quick = queue('quick', { schema: ITEM, lease: LEASE })

const exits = defineCase({
  id: 'close-13',
  title: 'when a process has closed, nothing keeps it alive',
  clauses: ['close.exits'],
  protects: 'a deploy that hangs until somebody kills the old process',
  profile: 'smoke',
  uses: [quick],
  run: async (world) => {
    const shop = await world.open()
    await shop.sendAll(quick, items(3))
    const peer = await world.peer()
    await peer.subscribe(quick, { takes: 50 })
    const handled = (): number =>
      world.history.facts.filter(({ fact, process }) => fact === 'end' && process === peer.name).length
    await world.until(
      () => handled() === 3,
      () => `the process to handle three messages; it handled ${handled()}`,
    )
    await shop.close()
    await world.within(peer.leave(), 'a process to end that has closed')
  },
})

const pending = defineCase({
  id: 'close-14',
  title: 'when a process closes while it waits for a message, the wait ends promptly',
  clauses: ['close.anywhere', 'close.bounded', 'pull.receive'],
  protects: 'a deploy that waits for the next order',
  uses: [quick],
  run: async (world) => {
    const worker = await world.open()
    const receiving = worker.receive(quick, { wait: '10m' }).then(
      (messages) => messages.length,
      (error: { readonly code?: string }) => error.code,
    )
    await world.sleep(300)
    const start = world.now()
    await world.within(worker.close(), 'a close to end while a receive waits')
    const outcome = await world.within(receiving, 'a receive to end whose process has closed')
    ok(outcome === 0 || outcome === 'MQ_CLOSED', `a receive that was waiting ended with ${outcome}`)
    ok(world.now() - start < 10_000, `it took ${world.now() - start} ms`)
    const other = await world.open()
    await other.send(quick, { n: 1 })
    const [message] = await other.receive(quick, { wait: world.patience })
    ok(message !== undefined, 'a message was given to a receive that has ended')
    await message.ack()
  },
})

const flushes = defineCase({
  id: 'close-08',
  title: 'when a process closes right after it has sent, all of that arrives; what cannot in time is said to be open',
  clauses: ['send.close-flushes', 'send.confirmed'],
  protects: 'the last orders before every deploy',
  uses: [quick],
  run: async (world) => {
    const shop = await world.open()
    const sends = items(100).map((item) => shop.send(quick, item))
    const closing = shop.close()
    const outcomes = await world.within(Promise.allSettled(sends), 'every send to be answered')
    await world.within(closing, 'a close to end that has to flush a hundred sends')
    const refused = outcomes.filter(({ status }) => status === 'rejected')
    equal(refused.length, 0, `${refused.length} sends were given up though there was time`)
    const worker = await world.open()
    const seen = new Seen(world)
    worker.subscribe(quick, (message) => seen.add(worker, message))
    await world.until(
      () => seen.runs.length >= 100,
      () => `a hundred messages; there were ${seen.runs.length}`,
    )
    await rejects(shop.send(quick, { n: 101 }), { code: 'MQ_CLOSED' })
    await givesUpLoudly(world)
  },
})

/** Where the broker does not answer, the deadline does. */
async function givesUpLoudly(world: World): Promise<void> {
  const fault = world.fault('no send is answered')
  const shop = await world.open({
    seam: {
      send: () => {
        fault.happened('a send was not answered')
        return new Promise(() => undefined)
      },
    },
  })
  const sends = Promise.allSettled(items(3).map(({ n }) => shop.send(quick, { n: n + 200 }, { timeout: '1m' })))
  await world.within(
    shop.close({ timeout: 500 }),
    'a close of half a second to end whose sends are not answered',
    10_000,
  )
  const outcomes = await world.within(sends, 'sends to be answered by the close at its deadline')
  deepEqual(
    outcomes.map((outcome) => (outcome.status === 'rejected' ? codeOf(outcome.reason) : 'resolved')),
    ['MQ_SEND', 'MQ_SEND', 'MQ_SEND'],
    'what became of sends that the broker never answered',
  )
}

/** What is on its way when a process closes, and that nothing keeps it. */
export const leaving: readonly Case[] = [flushes, exits, pending]
