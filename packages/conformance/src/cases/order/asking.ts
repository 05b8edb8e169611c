import { queue, type Definition } from '@anymq/core'
import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { defineCase, type Case } from '../../case.ts'
import type { Item } from '../../world/peer.ts'
import type { World } from '../../world/world.ts'
import { crew } from '../crew.ts'
import { ITEM, items, LEASE, sorted } from '../items.ts'
import { Seen } from '../seen.ts'
import { lines } from './lines.ts'

const noKey = defineCase({
  id: 'order-11',
  title: 'when messages of an ordered queue have no key, all of them arrive, and none waits for another',
  clauses: ['order.no-key', 'define.ordering'],
  protects: 'messages that belong to nobody, and are stuck because of it',
  needs: ['ordering'],
  uses: [lines],
  run: async (world) => {
    const shop = await world.open()
    const seen = new Seen(world)
    const keys: (string | undefined)[] = []
    const rest = Promise.withResolvers<void>()
    await crew(world, lines, async (worker, message) => {
      seen.add(worker, message)
      keys.push(message.key)
      if (message.body.n > 1 || message.attempt > 1) return
      await rest.promise
      throw new Error('not yet')
    })
    await shop.sendAll(lines, items(20))
    await world.until(
      () => new Set(seen.runs.map(({ n }) => n)).size === 20,
      () => `the nineteen others while the handler of the first runs; handlers saw ${seen.text}`,
    )
    rest.resolve()
    await world.until(
      () => seen.runs.length >= 21,
      () => `twenty-one runs; handlers saw ${seen.text}`,
    )
    await world.listen()
    deepEqual(
      sorted([...new Set(seen.runs.map(({ n }) => n))]),
      items(20).map(({ n }) => n),
    )
    deepEqual(seen.attempts(1), [1, 2])
    ok(
      keys.every((key) => key === undefined),
      `messages without a key came with these: ${keys.join(', ')}`,
    )
  },
})

const KEYS = ['a', 'Ünïcode/✓', 'with spaces, and "quotes"', 'x'.repeat(256), '0', 'null']

const sameKey = defineCase({
  id: 'order-12',
  title: 'when a message has a key, its consumer is told the same key, whatever is in it; an empty one is refused',
  clauses: ['name.key', 'define.ordering'],
  protects: 'two customers who become one because of an umlaut',
  needs: ['ordering'],
  uses: [lines],
  run: async (world) => {
    const shop = await world.open()
    const told = new Map<number, string | undefined>()
    await crew(world, lines, (_, { body, key }) => void told.set(body.n, key))
    for (const [n, key] of KEYS.entries()) await shop.send(lines, { n, key })
    // A key that is said wins over the one in the body.
    await shop.send(lines, { n: 90, key: 'in the body' }, { key: 'said' })
    for (const key of ['', 'x'.repeat(257)]) await rejects(shop.send(lines, { n: 91 }, { key }), { code: 'MQ_INVALID' })
    await world.until(
      () => told.size === 7,
      () => `seven messages; there were ${told.size}`,
    )
    deepEqual(
      KEYS.map((_, n) => told.get(n)),
      KEYS,
    )
    equal(told.get(90), 'said')
  },
})

/** Milliseconds: long enough for a few sends, and short enough to wait for. */
const WINDOW = 3000
const once = queue('once', { schema: ITEM, lease: LEASE, dedupe: { window: WINDOW } })

const repeats = defineCase({
  id: 'order-13',
  title: 'when a dedupe id is sent again within its window, it is accepted and dropped; after the window it arrives',
  clauses: ['define.dedupe', 'name.id'],
  protects: 'a customer who clicks twice',
  needs: ['dedupe'],
  uses: [once],
  run: async (world) => {
    const shop = await world.open()
    const other = await world.open()
    const seen = new Seen(world)
    await crew(world, once, (worker, message) => seen.add(worker, message))
    const start = world.now()
    await shop.send(once, { n: 1 }, { dedupeId: 'click-1' })
    await shop.send(once, { n: 2 }, { dedupeId: 'click-1' })
    await other.send(once, { n: 3 }, { dedupeId: 'click-1' })
    await shop.send(once, { n: 4 }, { dedupeId: 'click-2' })
    await shop.send(once, { n: 5 })
    const took = world.now() - start
    ok(took < WINDOW, `the sends took ${took} ms, longer than the window: nothing can be said`)
    await world.until(
      () => seen.runs.length >= 3,
      () => `three messages; handlers saw ${seen.text}`,
    )
    await world.sleep(WINDOW + 1000)
    deepEqual(sorted(seen.runs.map(({ n }) => n)), [1, 4, 5])
    await shop.send(once, { n: 6 }, { dedupeId: 'click-1' })
    await world.until(
      () => seen.of(6).length === 1,
      () => `the message after the window; handlers saw ${seen.text}`,
    )
  },
})

const key = (item: Item): string | undefined => item.key
const few = queue('lines', { schema: ITEM, lease: LEASE, ordering: { key, shards: 2 } })
const plain = queue('lines', { schema: ITEM, lease: LEASE })

/** Opening with this definition must be refused, and say which property differs. */
async function refuses(world: World, definition: Definition, word: RegExp): Promise<void> {
  const before = await world.site.entities?.()
  await rejects(
    world.open({ definitions: [definition] }),
    (error: { readonly code?: string; readonly message?: string }) => {
      equal(error.code, 'MQ_MISMATCH', error.message)
      ok(word.test(error.message ?? ''), `the error does not say what differs: ${error.message}`)
      return true
    },
  )
  deepEqual(await world.site.entities?.(), before, 'what was refused made or removed something')
}

const otherShards = defineCase({
  id: 'order-15',
  title: 'when a definition has another number of shards than the broker, it is refused, for keys would change places',
  clauses: ['provision.fingerprint', 'provision.mismatch'],
  protects: 'a deploy that spreads the messages of one customer over two shards',
  needs: ['ordering'],
  uses: [lines],
  run: async (world) => {
    const shop = await world.open()
    await shop.send(lines, { n: 1, key: 'ada' })
    await refuses(world, few, /shard/)
    const [message] = await shop.receive(lines, { wait: world.patience })
    ok(message, 'the message that was there is not')
    await message.ack()
  },
})

const notOrdered = defineCase({
  id: 'order-16',
  title: 'when order is asked of a queue that was made without it, or the other way round, it is refused',
  clauses: ['provision.fingerprint', 'provision.mismatch', 'provision.never-deletes'],
  protects: 'a queue that is believed to be in order, and is not',
  needs: ['ordering'],
  uses: [lines],
  run: async (world) => {
    const shop = await world.open()
    await refuses(world, plain, /order/)
    await shop.send(lines, { n: 1, key: 'ada' })
    const seen = new Seen(world)
    shop.subscribe(lines, (message) => seen.add(shop, message))
    await world.until(() => seen.runs.length === 1, 'the message that was sent after the refusal')
  },
})

/** What keys are, and what can be asked of a queue. */
export const asking: readonly Case[] = [noKey, sameKey, repeats, otherShards, notOrdered]
