import { fixed, queue } from '@anymq/core'
import { deepEqual, equal, ok } from 'node:assert/strict'
import { defineCase, type Case } from '../../case.ts'
import type { Seam } from '../../seam/seam.ts'
import type { Client } from '../../world/client.ts'
import type { RecordedMessage } from '../../world/recorded-message.ts'
import type { Item } from '../../world/peer.ts'
import type { World } from '../../world/world.ts'
import { ITEM, items, LEASE } from '../items.ts'
import { Seen } from '../seen.ts'

const orders = queue('orders', { schema: ITEM, lease: LEASE, retry: { attempts: 3, backoff: fixed(50) } })

/** Pull until so many are in hand. */
async function pull(world: World, client: Client, count: number): Promise<RecordedMessage<Item>[]> {
  const puller = client.puller(orders)
  const taken: RecordedMessage<Item>[] = []
  await world.until(
    async () => {
      taken.push(...(await puller.receive({ max: count - taken.length, wait: 500 })))
      return taken.length >= count
    },
    () => `${count} messages to pull; there were ${taken.length}`,
  )
  return taken.sort((a, b) => a.body.n - b.body.n)
}

const gone = defineCase({
  id: 'settle-01',
  title: 'when a message is acknowledged, it is gone, for others too and after its lease would have ended',
  clauses: ['settle.ack-stored', 'settle.ack-sent', 'lease.exclusive'],
  protects: 'an order that was shipped and is shipped again',
  profile: 'smoke',
  uses: [orders],
  run: async (world) => {
    const shop = await world.open()
    const worker = await world.open()
    await shop.sendAll(orders, items(3))
    const taken = await pull(world, worker, 3)
    await Promise.all(taken.map((message) => message.ack()))
    await worker.close()
    const other = await world.open()
    deepEqual(
      await other.receive(orders, { max: 10, wait: LEASE + 1000 }),
      [],
      'something came back that was acknowledged',
    )
  },
})

/** A seam that counts what a process has fetched and not settled. A broker may count what it likes as leased. */
class Pocket {
  most = 0
  #held = 0

  readonly seam: Seam = {
    deliver: (_, batch, next) => {
      this.#held += batch.length
      this.most = Math.max(this.most, this.#held)
      next(batch)
    },
    settle: (_, batch, next) => {
      this.#held -= batch.filter(({ action }) => action !== 'extend').length
      return next(batch)
    },
  }
}

const oneAtATime = defineCase({
  id: 'settle-03',
  title: 'when a consumer handles one message at a time, the next one begins only after the first is settled',
  clauses: ['consume.concurrency', 'consume.buffer-bounded', 'consume.return-or-throw'],
  protects: 'a worker that cannot do two things at once and is made to',
  uses: [orders],
  run: async (world) => {
    const shop = await world.open()
    const pocket = new Pocket()
    const worker = await world.open({ seam: pocket.seam })
    let running = 0
    let most = 0
    const seen = new Seen(world)
    worker.subscribe(
      orders,
      async (message) => {
        seen.add(worker, message)
        most = Math.max(most, ++running)
        await world.sleep(20)
        if (message.body.n % 2 === 0) await message.ack()
        await world.sleep(20)
        running--
      },
      { concurrency: 1 },
    )
    await shop.sendAll(orders, items(40))
    await world.until(
      () => seen.runs.length === 40 && running === 0,
      () => `forty runs; there were ${seen.runs.length}`,
    )
    equal(most, 1, `${most} handlers ran at once`)
    // What is fetched ahead is bounded, too; how far ahead is the library's business.
    ok(pocket.most <= 20, `${pocket.most} messages were fetched and not settled, for one handler`)
  },
})

const rejected = defineCase({
  id: 'settle-05',
  title: 'when a message is rejected, it is dead-lettered and not dropped, and nothing else is',
  clauses: ['dead.drop', 'dead.reasons', 'consume.verb-wins'],
  protects: 'an order that nobody will ever see again because somebody said no',
  uses: [orders],
  run: async (world) => {
    const shop = await world.open()
    const worker = await world.open()
    const ids = await shop.sendAll(orders, items(3))
    const [first, second, third] = await pull(world, worker, 3)
    const settled = [first!.deadLetter('no such customer'), second!.ack(), third!.deadLetter()]
    await world.within(Promise.all(settled), 'three settlements to be taken')
    const letters = shop.deadLetters(orders)
    await world.until(async () => (await letters.count()) === 2, 'two dead letters')
    const found = (await letters.peek()).map(({ id, reason, error }) => [id, reason, error])
    deepEqual(
      found.sort(([a], [b]) => ids.indexOf(String(a)) - ids.indexOf(String(b))),
      [
        [first!.id, 'rejected', 'no such customer'],
        [third!.id, 'rejected', 'rejected by the handler'],
      ],
    )
  },
})

const anyOrder = defineCase({
  id: 'settle-09',
  title: 'when messages are settled in another order than they came in, each settlement is about its own message',
  clauses: ['settle.any-order', 'settle.no-cumulative'],
  protects: 'an acknowledgement of the last order that silently acknowledges all before it',
  uses: [orders],
  run: async (world) => {
    const shop = await world.open()
    const worker = await world.open()
    await shop.sendAll(orders, items(5))
    const taken = await pull(world, worker, 5)
    for (const index of [4, 1]) await taken[index]!.ack()
    await taken[3]!.retry({ after: 0 })
    await worker.close()
    const other = await world.open()
    const seen = new Seen(world)
    other.subscribe(orders, (message) => seen.add(other, message))
    await seen.eachOnce('the three that were not acknowledged', [1, 3, 4])
    // Of what was failed the judge knows what this broker keeps of a count when its process closes.
    deepEqual([seen.attempts(1), seen.attempts(3)], [[1], [1]])
  },
})

const survivesDeath = defineCase({
  id: 'settle-25',
  title: 'when a process dies right after its acknowledgements were taken, they count',
  clauses: ['settle.ack-stored', 'settle.ack-sent'],
  protects: 'a crash after the parcel has left, and a second parcel',
  uses: [orders],
  run: async (world) => {
    const shop = await world.open()
    const ids = await shop.sendAll(orders, items(4))
    const doomed = await world.peer()
    const held: string[] = []
    await world.until(
      async () => {
        held.push(...(await doomed.hold(orders, { max: 4 - held.length, wait: 500 })))
        return held.length === 4
      },
      () => `the process to hold four messages; it holds ${held.length}`,
    )
    const refusals = await doomed.ackHeld()
    await doomed.kill()
    deepEqual(refusals, [undefined, undefined, undefined, undefined])
    const survivor = await world.open()
    const again = await survivor.receive(orders, { max: 10, wait: LEASE + 1000 })
    ok(
      again.length === 0 || world.manifest.ack === 'sent',
      `the manifest says ack: stored, and ${again.length} of ${ids.length} came back`,
    )
    await Promise.all(again.map((message) => message.ack()))
  },
})

/** What an acknowledgement does, and what it does not. */
export const acking: readonly Case[] = [gone, oneAtATime, rejected, anyOrder, survivesDeath]
