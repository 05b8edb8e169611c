import { queue, type SendError, type SendOptions } from '@anymq/core'
import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { defineCase, type Case } from '../../case.ts'
import type { Seam } from '../../seam/seam.ts'
import type { World } from '../../world/world.ts'
import { crew } from '../crew.ts'
import { ITEM, items, LEASE, sorted } from '../items.ts'

const orders = queue('orders', { schema: ITEM, lease: LEASE })

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
    await crew(world, orders, (_, { body }) => void seen.push(body.n), { concurrency: 100 })
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

/** Many sends at once. */
export const sharing: readonly Case[] = [shared, bulk]
