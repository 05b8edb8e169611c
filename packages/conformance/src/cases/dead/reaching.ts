import { DeadLetter, fixed, queue, type Codec, type Schema } from '@anymq/core'
import { deepEqual, equal, ok } from 'node:assert/strict'
import { defineCase, type Case } from '../../case.ts'
import type { Item } from '../../world/peer.ts'
import { crew } from '../crew.ts'
import { ITEM, items, LEASE } from '../items.ts'
import { Seen } from '../seen.ts'

const retry = { attempts: 3, backoff: fixed(50) }
const orders = queue('orders', { schema: ITEM, lease: LEASE, retry })
/** Has dead letters of its own, or none. */
const invoices = queue('invoices', { schema: ITEM, lease: LEASE, retry })

const usedUp = defineCase({
  id: 'dead-01',
  title:
    'when the attempts of a message are used up, it is dead-lettered where its queue keeps its own, and not one run earlier or later',
  clauses: ['retry.attempts', 'dead.queue-per-source', 'dead.count'],
  protects: 'a poisoned order that blocks the shop for ever, or one that is given up while it could still succeed',
  profile: 'smoke',
  uses: [orders, invoices],
  run: async (world) => {
    const shop = await world.open()
    const [seen, paid] = [new Seen(world), new Seen(world)]
    for (const worker of [await world.open(), await world.open()]) {
      worker.subscribe(orders, (message) => {
        seen.add(worker, message)
        // The second one succeeds with its last attempt.
        if (message.body.n === 1 || (message.body.n === 2 && message.attempt < 3)) throw new Error('poisoned')
      })
      worker.subscribe(invoices, (message) => paid.add(worker, message))
    }
    await shop.send(invoices, { n: 1 })
    const [poisoned] = await shop.sendAll(orders, items(3))
    const letters = shop.deadLetters(orders)
    await world.until(
      async () => (await letters.count()) === 1 && seen.runs.length === 7 && paid.runs.length === 1,
      () => `one dead letter and seven runs, and one of the invoice; handlers saw ${seen.text}, and ${paid.text}`,
    )
    await world.listen()
    deepEqual([seen.attempts(1), seen.attempts(2), seen.attempts(3)], [[1, 2, 3], [1, 2, 3], [1]])
    deepEqual(
      (await letters.peek()).map(({ id, reason, attempts }) => [id, reason, attempts]),
      [[poisoned, 'attempts', 3]],
    )
    const others = shop.deadLetters(invoices)
    equal(await others.count(), 0, 'the dead letters of another queue are counted')
    deepEqual(await others.peek(), [], 'the dead letters of another queue are shown')
  },
})

const atOnce = defineCase({
  id: 'dead-02',
  title: 'when a handler rejects a message, by an error or by its verb, it is dead-lettered at once and says why',
  clauses: ['consume.dead-letter-error', 'consume.verb-wins', 'dead.gains', 'dead.queue-per-source'],
  protects: 'an order that can never succeed and is tried ten times all the same',
  uses: [orders, invoices],
  run: async (world) => {
    const shop = await world.open()
    const seen = new Seen(world)
    for (const worker of [await world.open(), await world.open()]) {
      worker.subscribe(orders, async (message) => {
        seen.add(worker, message)
        if (message.body.n === 1) throw new DeadLetter('no such customer')
        if (message.body.n === 2) await message.deadLetter('no such article')
      })
      worker.subscribe(invoices, (message) => message.deadLetter('paid twice'))
    }
    const ids = await shop.sendAll(orders, items(3))
    const invoice = await shop.send(invoices, { n: 1 })
    const letters = shop.deadLetters(orders)
    await world.until(
      async () => (await letters.count()) === 2 && seen.runs.length === 3,
      () => `two dead letters and three runs; handlers saw ${seen.text}`,
    )
    await world.listen()
    equal(seen.runs.length, 3, `each message has one run; handlers saw ${seen.text}`)
    const found = (await letters.peek()).map(({ id, reason, error, attempts }) => [id, reason, error, attempts])
    deepEqual(
      found.sort(([a], [b]) => ids.indexOf(String(a)) - ids.indexOf(String(b))),
      [
        [ids[0], 'rejected', 'no such customer', 1],
        [ids[1], 'rejected', 'no such article', 1],
      ],
    )
    const others = shop.deadLetters(invoices)
    await world.until(async () => (await others.count()) > 0, 'a dead letter of the other queue')
    equal(await others.count(), 1, 'the dead letters of each queue are counted apart')
    deepEqual(
      (await others.peek()).map(({ id, error }) => [id, error]),
      [[invoice, 'paid twice']],
    )
  },
})

/** Accepts what has a whole number. */
const STRICT: Schema<Item> = {
  '~standard': {
    version: 1,
    vendor: 'conformance',
    validate: (value) =>
      Number.isInteger((value as Partial<Item> | null)?.n)
        ? { value: value as Item }
        : { issues: [{ message: 'is no whole number', path: ['n'] }] },
  },
}
const strict = queue('orders', { schema: STRICT, lease: LEASE, retry })
/** As a sender sees it that has never heard of the schema. */
const loose = queue('orders', { lease: LEASE, retry })

const invalid = defineCase({
  id: 'dead-03',
  title: 'when the schema refuses what comes in, it is dead-lettered at once with its bytes, and no handler runs',
  clauses: ['dead.bad-input', 'dead.typed', 'define.schema-single'],
  protects: 'a handler that sees what it was promised never to see',
  uses: [strict],
  run: async (world) => {
    const stranger = await world.open({ definitions: [loose] })
    const worker = await world.open()
    const seen: number[] = []
    worker.subscribe(strict, ({ body }) => void seen.push(body.n))
    await stranger.broker.send(loose, { n: 'many' }, { id: 'bad-1' })
    await worker.send(strict, { n: 2 })
    const letters = worker.broker.deadLetters(strict)
    await world.until(
      async () => (await letters.count()) === 1 && seen.length === 1,
      () => `one dead letter and one run; handlers saw ${seen.join(', ') || 'nothing'}`,
    )
    deepEqual(seen, [2])
    const [letter] = await letters.peek()
    ok(letter !== undefined && !letter.valid, 'the dead letter says that its body is valid')
    deepEqual([letter.id, letter.reason, letter.attempts], ['bad-1', 'invalid', 0])
    equal(Buffer.from(letter.raw).toString(), '{"n":"many"}')
    await letters.discard({ ids: ['bad-1'] })
  },
})

const dropping = queue('orders', { schema: ITEM, lease: LEASE, retry, deadLetter: 'drop' })

const dropped = defineCase({
  id: 'dead-04',
  title: 'when the policy says that what is dead is dropped, it is, an event tells, and the next message goes on',
  clauses: ['dead.drop', 'dead.queue-per-source'],
  protects: 'a message that vanishes in silence',
  uses: [dropping],
  run: async (world) => {
    const shop = await world.open()
    const seen = new Seen(world)
    const hands = await crew(world, dropping, (worker, message) => {
      seen.add(worker, message)
      if (message.body.n === 1) throw new Error('poisoned')
    })
    const [poisoned] = await shop.sendAll(dropping, items(2))
    const drops = () => hands.flatMap(({ process }) => process.events.filter(({ event }) => event === 'dropped'))
    await world.until(
      () => drops().length > 0 && seen.of(2).length === 1,
      () => `the event "dropped" and a run of the other message; handlers saw ${seen.text}`,
    )
    await world.listen()
    deepEqual(seen.attempts(1), [1, 2, 3])
    deepEqual(
      drops().map((event) => 'id' in event && 'reason' in event && [event.id, event.reason]),
      [[poisoned, 'attempts']],
    )
    // Where dead letters would be there is nothing.
    const keeping = await world.open({ definitions: [orders] })
    equal(await keeping.broker.deadLetters(orders).count(), 0)
  },
})

/** Says JSON and writes none. */
const BROKEN: Codec<'json'> = {
  kind: 'json',
  contentType: 'application/json',
  encode: (body) => Buffer.from(String(body)),
  decode: (bytes) => Buffer.from(bytes).toString(),
}
const broken = queue('orders', { codec: BROKEN, lease: LEASE, retry })

const undecodable = defineCase({
  id: 'dead-13',
  title: 'when a body cannot be decoded, it is dead-lettered at once, byte for byte',
  clauses: ['dead.bad-input', 'dead.typed', 'dead.keeps'],
  protects: 'a worker that crashes, or an order file that is lost, because of one wrong comma',
  uses: [orders],
  run: async (world) => {
    const stranger = await world.open({ definitions: [broken] })
    const worker = await world.open()
    const seen = new Seen(world)
    worker.subscribe(orders, (message) => seen.add(worker, message))
    await stranger.broker.producer(broken, { checkBodies: 'never' }).send('{"n": 1,}', { id: 'bad-1' })
    await worker.send(orders, { n: 2 })
    const letters = worker.broker.deadLetters(orders)
    await world.until(
      async () => (await letters.count()) === 1 && seen.runs.length === 1,
      () => `one dead letter and one run; handlers saw ${seen.text}`,
    )
    const [letter] = await letters.peek()
    ok(letter !== undefined && !letter.valid, 'the dead letter says that its body is valid')
    deepEqual([letter.id, letter.reason, letter.attempts], ['bad-1', 'undecodable', 0])
    equal(Buffer.from(letter.raw).toString(), '{"n": 1,}')
    equal(seen.of(2).length, 1)
    await letters.discard({ ids: ['bad-1'] })
  },
})

/** How a message comes to be dead. */
export const reaching: readonly Case[] = [usedUp, atOnce, invalid, dropped, undecodable]
