import { group, queue, topic, type SendError, type SendOptions } from '@anymq/core'
import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { defineCase, type Case } from '../../case.ts'
import type { Seam } from '../../seam/seam.ts'
import type { World } from '../../world/world.ts'
import { crew } from '../crew.ts'
import { ITEM, items, LEASE, sorted } from '../items.ts'
import { Seen } from '../seen.ts'

const orders = queue('orders', { schema: ITEM, lease: LEASE })

const confirmed = defineCase({
  id: 'send-04',
  title: 'when a send has resolved, the broker has said that it has the message, and has it, even if the sender dies',
  clauses: ['send.confirmed'],
  protects: 'an order that the customer was told about, and nobody else',
  profile: 'smoke',
  uses: [orders],
  run: async (world) => {
    const doomed = await world.peer()
    const ids = await doomed.send(orders, items(5))
    await doomed.kill()
    equal(ids.length, 5)
    const seen = new Seen(world)
    const got: string[] = []
    await crew(world, orders, (worker, message) => {
      seen.add(worker, message)
      got.push(message.id)
    })
    await world.until(
      () => seen.runs.length >= 5,
      () => `five confirmed messages; handlers saw ${seen.text}`,
    )
    deepEqual([...got].sort(), [...ids].sort())
    await resolvesWhenConfirmed(world)
  },
})

/** While the broker's word is out, no send may have resolved. */
async function resolvesWhenConfirmed(world: World): Promise<void> {
  const fault = world.fault('a confirm is held back')
  const word = Promise.withResolvers<void>()
  const state = { isHeld: false, isResolved: false }
  const shop = await world.open({
    seam: {
      send: async (_, batch, next) => {
        const result = await next(batch)
        state.isHeld = true
        fault.happened('a confirm was held back for half a second')
        await word.promise
        return result
      },
    },
  })
  const sending = shop.send(orders, { n: 6 }).then(() => (state.isResolved = true))
  await world.until(() => state.isHeld, 'a send to reach the broker')
  await world.sleep(500)
  equal(state.isResolved, false, 'a send resolved before its confirm had come')
  word.resolve()
  await world.within(sending, 'a send to resolve whose confirm has come')
}

const noGroup = defineCase({
  id: 'send-07',
  title: 'when a topic has nobody to send to, that is said, once; where its groups must be listed, it is refused',
  clauses: ['send.no-group-yet', 'group.closed', 'group.open'],
  protects: 'messages that go nowhere in silence',
  needs: ['groups'],
  uses: [topic('heard', { schema: ITEM, groups: ['payment'] })],
  run: async (world) => {
    const lonely = topic('lonely', { schema: ITEM })
    const probe = await world.open()
    if (world.manifest.groups === 'closed') {
      await rejects(world.open({ definitions: [lonely] }), { code: 'MQ_UNSUPPORTED' })
      return
    }
    const shop = await world.open({ definitions: [lonely] })
    await shop.send(lonely, { n: 1 })
    await shop.send(lonely, { n: 2 })
    const said = shop.events.filter(({ event }) => event === 'no-groups')
    deepEqual(said, [{ event: 'no-groups', destination: 'lonely' }])
    // Whoever comes now gets what is sent from now on.
    const payment = group(lonely, 'payment', { lease: LEASE })
    await probe.broker.declare(lonely, payment)
    const seen = new Seen(world)
    probe.subscribe(payment, (message) => seen.add(probe, message))
    await shop.send(lonely, { n: 3 })
    await world.until(() => seen.runs.length > 0, 'a message that was sent after the group was declared')
    await world.listen()
    deepEqual(
      seen.runs.map(({ n }) => n),
      [3],
    )
  },
})

const sendsOnly = defineCase({
  id: 'send-11',
  title: 'when a process only sends, it opens nothing to receive with',
  clauses: ['send.touches-only'],
  protects: 'a web server that quietly takes orders away from the workers',
  uses: [orders],
  run: async (world) => {
    const opened: string[] = []
    const shop = await world.open({
      seam: {
        open: (target, options, next) => {
          opened.push(target.name)
          return next(options)
        },
      },
    })
    const worker = await world.open()
    await shop.sendAll(orders, items(10))
    const seen = new Seen(world)
    worker.subscribe(orders, (message) => seen.add(worker, message))
    await world.until(
      () => seen.runs.length === 10,
      () => `ten messages; handlers saw ${seen.text}`,
    )
    await shop.close()
    deepEqual(opened, [])
  },
})

const shared = defineCase({
  id: 'send-12',
  title: 'when many parts of a program send at once, they share one producer, and each gets its own answer',
  clauses: ['send.shared-batches', 'send.id', 'send.batch-per-item'],
  protects: 'a web server under load that mixes up who was told what',
  uses: [orders],
  run: async (world) => {
    let calls = 0
    const seam: Seam = {
      send: (_, batch, next) => {
        calls++
        return next(batch)
      },
    }
    const shop = await world.open({ seam })
    const other = await world.open({ seam })
    const given = items(200).map(({ n }) => ({ body: { n }, id: `order-${n}` }))
    const single = given.slice(0, 150).map(({ body, id }) => (body.n % 2 ? shop : other).send(orders, body, { id }))
    await Promise.all(single)
    ok(calls <= single.length / 3, `150 sends at once took ${calls} batches`)
    const batches = [given.slice(150, 175), given.slice(175)].map((batch) => shop.sendBatch(orders, batch))
    const ids = [...(await Promise.all(single)), ...(await Promise.all(batches)).flat()]
    deepEqual(
      ids,
      given.map(({ id }) => id),
    )
    deepEqual(await shop.sendBatch(orders, []), [])
    const tooLarge = { n: 0, key: 'x'.repeat(300 * 1024) }
    await rejects(
      shop.sendBatch(orders, [{ body: { n: 201 } }, { body: tooLarge }, { body: { n: 202 } }]),
      (error: SendError) => {
        equal(error.code, 'MQ_SEND', error.message)
        deepEqual(
          error.failed.map(({ index, outcome, error: { code } }) => [index, outcome, code]),
          [[1, 'not-sent', 'MQ_TOO_LARGE']],
          'which item of a batch was refused, and how',
        )
        equal(error.sent.length, 2, `${error.sent.length} items were taken beside the one that is too large`)
        return true
      },
    )
    const got = new Map<string, number>()
    const worker = await world.open()
    worker.subscribe(orders, ({ id, body }) => void got.set(id, body.n))
    await world.until(
      () => got.size === 202,
      () => `two hundred and two messages; there were ${got.size}`,
    )
    ok(
      given.every(({ id, body }) => got.get(id) === body.n),
      'a message came with the id of another',
    )
  },
})

const MANY = 5000

const bulk = defineCase({
  id: 'send-13',
  title: 'when five thousand messages are sent and nothing goes wrong, exactly these arrive, each once',
  clauses: ['send.confirmed', 'lease.exclusive', 'send.buffer-bounded'],
  protects: 'the one order in five thousand',
  budget: 120_000,
  uses: [orders],
  run: async (world) => {
    const shop = await world.open()
    const seen: number[] = []
    for (const worker of [await world.open(), await world.open()])
      worker.subscribe(orders, ({ body }) => void seen.push(body.n), { concurrency: 100 })
    await shop.sendAll(orders, items(MANY), { timeout: '2m' })
    const more = await waitsOutside(world)
    await world.until(
      () => seen.length >= MANY + more.length,
      () => `${MANY} messages and ${more.length}; there were ${seen.length}`,
      100_000,
    )
    await world.listen()
    deepEqual(sorted(seen), [...items(MANY).map(({ n }) => n), ...more])
  },
})

/** What a full producer is given waits, and whoever waits may give it up. Resolves with what was sent all the same. */
async function waitsOutside(world: World): Promise<readonly number[]> {
  const fault = world.fault('the broker does not answer')
  const word = Promise.withResolvers<void>()
  let taken = 0
  const shop = await world.open({
    seam: {
      send: async (_, batch, next) => {
        taken += batch.length
        fault.happened('an answer was held back')
        await word.promise
        return next(batch)
      },
    },
  })
  const producer = shop.broker.producer(orders, { buffer: { messages: 3 } })
  const send = (n: number, options: SendOptions<never> = {}): Promise<string> =>
    shop.recorder.sending(orders, { n }, options, () => producer.send({ n }, options))
  const stop = new AbortController()
  const sends = [1, 2, 3].map((n) => send(MANY + n))
  const givenUp = send(MANY + 9, { signal: stop.signal })
  const patient = send(MANY + 4)
  await world.until(() => taken > 0, 'a send to reach the broker')
  stop.abort()
  await rejects(world.within(givenUp, 'a send to end that waited for room and was given up'), (error: SendError) => {
    deepEqual([error.code, error.outcome], ['MQ_SEND', 'not-sent'], error.message)
    return true
  })
  ok(taken <= 3, `a producer that may hold three messages had ${taken} on their way`)
  word.resolve()
  await world.within(Promise.all([...sends, patient]), 'four sends to resolve whose broker answers')
  return [1, 2, 3, 4].map((n) => MANY + n)
}

/** Half of it is more than any broker needs to hand a message to a consumer that is at work. */
const TTL = 4000
const mortal = queue('mortal', { schema: ITEM, lease: LEASE, ttl: TTL })

const expires = defineCase({
  id: 'send-19',
  title: 'when a message is older than it may become, it is not handled but dead-lettered; a younger one is handled',
  clauses: ['define.ttl', 'dead.reasons'],
  protects: 'a table that is reserved for yesterday, and an offer that is taken though it is over',
  needs: ['ttl'],
  uses: [mortal],
  run: async (world) => {
    const shop = await world.open()
    const old = await shop.send(mortal, { n: 1 })
    await world.sleep(TTL + 500)
    const seen = new Seen(world)
    const letters = shop.deadLetters(mortal)
    const hands = await crew(world, mortal, (worker, message) => seen.add(worker, message))
    await world.until(
      async () => (await letters.count()) > 0,
      () => `the older message to be dead; handlers saw ${seen.text}`,
    )
    // One that has waited for half of its time, and one that has not waited. Nobody has to begin to consume meanwhile.
    for (const { work } of hands) work.pause()
    await shop.send(mortal, { n: 2 })
    await world.sleep(TTL / 2)
    for (const { work } of hands) work.resume()
    await shop.send(mortal, { n: 3 })
    await world.until(
      () => seen.runs.length >= 2,
      () => `both younger messages; handlers saw ${seen.text}`,
    )
    await world.listen()
    deepEqual(sorted(seen.runs.map(({ n }) => n)), [2, 3])
    deepEqual(
      (await letters.peek()).map(({ id, reason, attempts }) => [id, reason, attempts]),
      [[old, 'expired', 0]],
    )
  },
})

/** What a producer promises. */
export const producing: readonly Case[] = [confirmed, noGroup, sendsOnly, shared, bulk, expires]
