import { bytes, fixed, json, queue, topic, type, type MqError } from '@anymq/core'
import type { Settlement } from '@anymq/core/driver'
import { expect, test } from 'vitest'
import { memory, memoryServer } from '../src/index.ts'
import { faulty } from './faulty.ts'
import { rawClient, targetOf } from './raw.ts'
import { finish, world } from './world.ts'

const jobs = queue('jobs', { schema: type<unknown>(), retry: { attempts: 1, backoff: fixed('1s') } })

test('define.codec-incoming: the content type of a message selects the codec; without one it is the definition that does', async () => {
  const w = world([jobs])
  const b = await w.broker()
  const raw = await rawClient(w)
  await raw.send('jobs', { body: 'plain', headers: { 'content-type': 'text/plain' } })
  await raw.send('jobs', { body: '{"a":1}', headers: { 'content-type': 'application/json; charset=utf-8' } })
  await raw.send('jobs', { body: 'xyz', headers: { 'content-type': 'application/octet-stream' } })
  await raw.send('jobs', { body: '[2]' })
  const bodies = (await b.consumer(jobs).receive({ max: 4 })).map(({ body }) =>
    body instanceof Uint8Array ? [...body] : body,
  )
  expect(bodies).toEqual(['plain', { a: 1 }, [120, 121, 122], [2]])
})

test('wire.naked-body: what lies on the broker is the codec’s bytes and nothing else', async () => {
  const blob = queue('blob', { codec: bytes })
  const w = world([jobs, blob])
  const b = await w.broker()
  const raw = await rawClient(w)
  await b.producer(jobs).send({ a: [1, 'ü'] })
  await b.producer(blob).send(Uint8Array.of(0, 255, 10))
  const bodyIn = async (address: string): Promise<number[]> => {
    const got: Uint8Array[] = []
    const options = { window: 1, span: 1, lease: 1000, preference: 0, browse: true }
    const feed = await raw.driver.open(targetOf(address), options, {
      deliver: (batch) => void got.push(...batch.map(({ body }) => body!)),
      demand: () => 1,
      revoke: () => undefined,
      fail: () => undefined,
    })
    await w.clock.settle()
    await feed.close()
    return [...got[0]!]
  }
  expect(await bodyIn('jobs')).toEqual([...json.encode({ a: [1, 'ü'] })])
  expect(await bodyIn('blob')).toEqual([0, 255, 10])
})

test('life.stats: ready, leased, delayed, dead and the oldest are told apart', async () => {
  const { broker, clock } = world([jobs])
  const b = await broker()
  const start = clock.now()
  await b.producer(jobs).sendBatch([1, 2, 3, 4, 5].map((body) => ({ body })))
  await clock.advance('1m')
  const [one, two, three] = await b.consumer(jobs).receive({ max: 3 })
  await one!.deadLetter()
  await two!.defer('1h')
  expect(three!.body).toBe(3)
  expect(await b.stats(jobs)).toEqual({ ready: 2, leased: 1, delayed: 1, dead: 1, oldest: new Date(start) })
})

test('consume.ready: resolves when it consumes, and not before there is a feed', async () => {
  const w = world([jobs])
  let open: () => void = () => undefined
  const b = await w.broker(
    {},
    faulty({ open: (_, next) => new Promise((resolve) => (open = () => resolve(next()))) }, w.server),
  )
  const { ready } = b.consumer(jobs).subscribe(() => undefined)
  const order: string[] = []
  void ready.then(() => order.push('ready'))
  await w.clock.settle()
  order.push('opened')
  open()
  await ready
  expect(order).toEqual(['opened', 'ready'])
})

test('settle.return-not-waiting: a handler that has returned frees its slot, though its ack is still on the way', async () => {
  const w = world([jobs])
  const b = await w.broker({}, faulty({ settle: () => new Promise(() => undefined) }, w.server))
  const seen: unknown[] = []
  b.consumer(jobs).subscribe(async ({ body }) => void seen.push(body), { concurrency: 1 })
  await b.producer(jobs).sendBatch([{ body: 1 }, { body: 2 }])
  await w.clock.settle()
  expect(seen).toEqual([1, 2])
})

test('retry.forward-atomic: on memory a dead letter and a redrive are one move each, and nothing is sent', async () => {
  const w = world([jobs])
  const actions: Settlement<unknown>['action'][] = []
  let sends = 0
  const b = await w.broker(
    {},
    faulty(
      {
        settle: (batch, next) => {
          actions.push(...batch.map(({ action }) => action))
          return next()
        },
        send: (_, batch, next) => {
          sends += batch.length
          return next()
        },
      },
      w.server,
    ),
  )
  await b.producer(jobs).send(1)
  await (await b.consumer(jobs).receive())[0]!.deadLetter()
  await b.deadLetters(jobs).redrive()
  expect([actions, sends]).toEqual([['move', 'move'], 1])
})

test('redrive.nothing-newer: what was dead-lettered after the start stays, though it takes the place of one that somebody else holds', async () => {
  const w = world([jobs])
  const raw = await rawClient(w)
  const letter = (id: string) =>
    raw.send('jobs.dead', { body: '1', id, headers: { 'anymq-failed-last-at': String(w.clock.now()) } })
  let isFirst = true
  const b = await w.broker(
    {},
    faulty(
      {
        open: async (target, next) => {
          if (target.role !== 'dead' || !isFirst) return next()
          isFirst = false
          // Between the count and the look somebody else takes the old one, and a newer one comes.
          const options = { window: 1, span: 1, lease: 60_000, preference: 0, browse: true }
          await raw.driver.open(targetOf('jobs.dead'), options, {
            deliver: () => undefined,
            demand: once(1),
            revoke: () => undefined,
            fail: () => undefined,
          })
          await w.clock.advance(10)
          await letter('new')
          return next()
        },
      },
      w.server,
    ),
  )
  await letter('old')
  const result = await finish(w.clock, b.deadLetters(jobs).redrive())
  expect(result).toEqual({ moved: 0, kept: 0, complete: false, failed: [] })
  expect(await b.stats(jobs)).toMatchObject({ ready: 0, dead: 2 })
  await raw.driver.close()
})

test('send.touches-only: a process that only sends creates its destination and what belongs to it, nothing else', async () => {
  const placed = topic('placed', { schema: type<number>(), groups: ['payment'] })
  const { broker, server } = world([placed])
  await (await broker()).producer(placed).send(1)
  expect(server.queues).toEqual(['placed.g-payment.dead', 'placed.g-payment'])
})

test('provision.create, provision.never-deletes: processes that race create one thing, and what is in it stays', async () => {
  const { broker, clock, server } = world([jobs])
  const first = await broker()
  await first.producer(jobs).send(1)
  const others = await Promise.all([broker(), broker(), broker()])
  first.native.cut()
  await clock.advance('5s')
  expect(server.queues).toEqual(['jobs.dead', 'jobs'])
  expect((await others[2].consumer(jobs).receive()).map(({ body }) => body)).toEqual([1])
})

test('life.no-io: definitions and adapters are made without asking anybody', async () => {
  let connections = 0
  const good = memory()
  const adapter: typeof good = {
    ...good,
    connect: (context, signal) => {
      connections++
      return good.connect(context, signal)
    },
  }
  queue('other')
  expect(connections).toBe(0)
  await world([jobs]).broker({}, adapter)
  expect(connections).toBe(1)
})

test('consume.timeout, capability.declared: a handler may not be given longer than the manifest allows, wherever it is said', async () => {
  const server = memoryServer()
  const good = memory({ server })
  const manifest = { ...good.offers, handlerTimeout: 10_000 }
  const strict: typeof good = {
    ...good,
    offers: manifest,
    connect: async (context, signal) =>
      Object.defineProperty(await good.connect(context, signal), 'manifest', { value: manifest }),
  }
  const slow = queue('slow', { timeout: '1m' })
  await expect(world([slow], server).broker({}, strict)).rejects.toMatchObject({
    code: 'MQ_UNSUPPORTED',
    problems: [{ path: 'queue "slow" > timeout', message: 'is 1m; this broker allows 10s' }],
  })
  const quick = queue('quick', { timeout: '5s' })
  const w = world([quick], server)
  const b = await w.broker({}, strict)
  expect(b.capabilities.handlerTimeout).toBe(10_000)
  for (const ask of [
    () => b.consumer(quick, { timeout: '1m' }),
    () => b.consumer(quick).subscribe(() => undefined, { timeout: '1m' }),
  ]) {
    expect(ask).toThrow(expect.objectContaining({ code: 'MQ_UNSUPPORTED' }) as MqError)
  }
  await finish(w.clock, b.close())
})

/** Wants `count` deliveries once, and then no more. */
function once(count: number): () => number | Promise<number> {
  let left = count
  return () => {
    if (left === 0) return new Promise<number>(() => undefined)
    left = 0
    return count
  }
}
