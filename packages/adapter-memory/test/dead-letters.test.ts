import { DeadLetter, fixed, group, queue, topic, type } from '@anymq/core'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { memoryServer } from '../src/index.ts'
import { faulty, PASSING, type Faults } from './faulty.ts'
import { rawClient, targetOf } from './raw.ts'
import { eventsOf, finish, world } from './world.ts'

const Order = z.object({ id: z.string(), total: z.number().positive() })
const orders = queue('orders', { schema: Order, retry: { attempts: 2, backoff: fixed('1s') } })

/** Fill the dead-letter queue: each total decides how its order dies. */
async function withDead(ids: readonly string[]) {
  const w = world([orders])
  const b = await w.broker()
  const work = b.consumer(orders).subscribe(() => {
    throw new DeadLetter('declined')
  })
  await b
    .producer(orders)
    .sendBatch(ids.map((id, i) => ({ body: { id, total: i + 1 }, id, key: `k-${i % 2}`, headers: { tenant: 'é' } })))
  await w.clock.settle()
  await finish(w.clock, work.close())
  return { ...w, b, dead: b.deadLetters(orders) }
}

test('dead.keeps, dead.gains, dead.queue-per-source: everything of the original, and why', async () => {
  const { dead, clock, server } = await withDead(['o-1'])
  const [message] = await dead.peek()
  expect({ ...message!, headers: { ...message!.headers } }).toEqual({
    valid: true,
    id: 'o-1',
    body: { id: 'o-1', total: 1 },
    key: 'k-0',
    type: undefined,
    priority: undefined,
    headers: { tenant: 'é' },
    reason: 'rejected',
    error: 'declined',
    origin: 'orders',
    attempts: 1,
    redriven: 0,
    sentAt: new Date(clock.now()),
    failedFirstAt: new Date(clock.now()),
    failedLastAt: new Date(clock.now()),
  })
  expect(server.queues).toContain('orders.dead')
})

test('dead.gains: first and last failure are told apart', async () => {
  const { broker, clock } = world([orders])
  const b = await broker()
  b.consumer(orders).subscribe(() => {
    throw new Error('down')
  })
  await b.producer(orders).send({ id: 'o-1', total: 1 })
  const start = clock.now()
  await clock.advance('10s')
  const [message] = await b.deadLetters(orders).peek()
  expect(message!.failedFirstAt!.getTime()).toBe(start)
  expect(message!.failedLastAt!.getTime()).toBeGreaterThanOrEqual(start + 1000)
})

test('dead.peek: looking a hundred times moves, loses and exhausts nothing', async () => {
  const { dead, b } = await withDead(['o-1', 'o-2', 'o-3'])
  for (let i = 0; i < 100; i++) expect((await dead.peek({ max: 2 })).map(({ id }) => id)).toEqual(['o-1', 'o-2'])
  expect(await dead.count()).toBe(3)
  expect(await dead.redrive()).toEqual({ moved: 3, kept: 0, complete: true, failed: [] })
  expect((await b.consumer(orders).receive({ max: 3 })).map(({ id, attempt }) => [id, attempt])).toEqual([
    ['o-1', 1],
    ['o-2', 1],
    ['o-3', 1],
  ])
})

test('redrive.ids, redrive.report, redrive.resets: the named ones go back, once more redriven, the rest stays in order', async () => {
  const { dead, b } = await withDead(['o-1', 'o-2', 'o-3', 'o-4'])
  expect(await dead.redrive({ ids: ['o-3', 'o-1', 'o-9'] })).toEqual({ moved: 2, kept: 2, complete: true, failed: [] })
  expect((await dead.peek()).map(({ id }) => id)).toEqual(['o-2', 'o-4'])
  const back = await b.consumer(orders).receive({ max: 10 })
  expect(back.map(({ id, attempt, redriven, key, headers }) => [id, attempt, redriven, key, { ...headers }])).toEqual([
    ['o-1', 1, 1, 'k-0', { tenant: 'é' }],
    ['o-3', 1, 1, 'k-0', { tenant: 'é' }],
  ])
  await back[0]!.deadLetter()
  expect((await dead.peek()).find(({ id }) => id === 'o-1')).toMatchObject({ redriven: 1, attempts: 1 })
})

test('redrive.map: repairs, keeps what it does not, and a repair that does not fit stays and is named', async () => {
  const { dead, b } = await withDead(['o-1', 'o-2', 'o-3', 'o-4'])
  const result = await dead.redrive({
    map: (message) => {
      if (message.id === 'o-2') return undefined
      if (message.id === 'o-3') return { id: 'o-3', total: -1 }
      if (message.id === 'o-4') throw new Error('cannot repair')
      return message.valid ? { ...message.body, total: 99 } : undefined
    },
  })
  expect(result).toMatchObject({ moved: 1, kept: 3, complete: true, failed: [{ id: 'o-3' }, { id: 'o-4' }] })
  expect((await b.consumer(orders).receive({ max: 10 })).map(({ body }) => body)).toEqual([{ id: 'o-1', total: 99 }])
  expect((await dead.peek()).map(({ id }) => id)).toEqual(['o-2', 'o-3', 'o-4'])
})

test('redrive.map: a repaired body is checked like a sent one: no promise, nothing that would change, nothing too large', async () => {
  const loose = queue('loose', { schema: type<unknown>(), maxBody: 100 })
  const w = world([loose])
  const b = await w.broker()
  const unhandled: unknown[] = []
  const note = (error: unknown): void => void unhandled.push(error)
  process.on('unhandledRejection', note)
  onTestFinished(() => void process.off('unhandledRejection', note))
  const repairs: Record<string, () => unknown> = {
    promise: async () => ({ id: 1 }),
    'rejected-promise': async () => Promise.reject(new Error('not found')),
    thenable: () => ({ then: () => undefined }),
    nan: () => ({ total: Number.NaN }),
    map: () => new Map([['a', 1]]),
    large: () => 'x'.repeat(200),
    fine: () => ({ total: 1 }),
  }
  const consumer = b.consumer(loose)
  for (const id of Object.keys(repairs)) await b.producer(loose).send({ id }, { id })
  for (const message of await consumer.receive({ max: 10 })) await message.deadLetter()
  const dead = b.deadLetters(loose)
  const result = await dead.redrive({ map: ({ id }) => repairs[id]!() })
  expect(result).toMatchObject({ moved: 1, kept: 6, complete: true })
  const why = Object.fromEntries(result.failed.map(({ id, error }) => [id, `${error.code} ${error.message}`]))
  expect(why).toEqual({
    promise: expect.stringMatching(/^MQ_INVALID map returned a promise; return the repaired body itself/) as string,
    'rejected-promise': expect.stringMatching(/^MQ_INVALID map returned a promise/) as string,
    thenable: expect.stringMatching(/^MQ_INVALID map returned a promise/) as string,
    nan: expect.stringMatching(/^MQ_INVALID .* body\.total is NaN and would arrive as null/) as string,
    map: expect.stringMatching(/^MQ_INVALID .* body is an instance of Map/) as string,
    large: expect.stringMatching(/^MQ_TOO_LARGE .* 202 bytes; 100 are allowed/) as string,
  })
  expect((await dead.peek()).map(({ id }) => id).toSorted()).toEqual(Object.keys(why).toSorted())
  expect((await consumer.receive({ max: 10 })).map(({ body }) => body)).toEqual([{ total: 1 }])
  await w.clock.settle()
  expect(unhandled).toEqual([])
})

test('close.use-after: the dead letters of a closed broker are MQ_CLOSED', async () => {
  const { dead, b, clock } = await withDead(['o-1'])
  await finish(clock, b.close())
  for (const use of [() => dead.peek(), () => dead.count(), () => dead.redrive()]) {
    await expect(use()).rejects.toMatchObject({ code: 'MQ_CLOSED', retryable: false })
  }
})

test('dead.bad-input, dead.typed, dead.foreign: what cannot be read is dead at once, raw, and can be repaired', async () => {
  const w = world([orders])
  const b = await w.broker()
  const raw = await rawClient(w)
  let runs = 0
  const work = b.consumer(orders).subscribe(() => void runs++)
  await raw.send('orders', { body: '{"id":"o-1","total":', id: 'bad-json' })
  await raw.send('orders', { body: '{"id":"o-2","total":-5}', id: 'bad-total', headers: { 'x-from': 'elsewhere' } })
  await raw.send('orders', { body: Uint8Array.of(0xff, 0xfe), id: 'bad-utf8' })
  await raw.send('orders', { body: 'x', id: 'bad-type', headers: { 'content-type': 'application/avro' } })
  await raw.send('orders', { body: '{"id":"o-3","total":5}', id: 'good' })
  await w.clock.settle()
  expect(runs).toBe(1)
  const dead = b.deadLetters(orders)
  const letters = await dead.peek()
  expect(letters.map(({ id, valid, reason, attempts }) => [id, valid, reason, attempts])).toEqual([
    ['bad-json', false, 'undecodable', 0],
    ['bad-total', false, 'invalid', 0],
    ['bad-utf8', false, 'undecodable', 0],
    ['bad-type', false, 'undecodable', 0],
  ])
  expect(letters.map((letter) => (letter.valid ? '' : Buffer.from(letter.raw).toString('latin1')))).toEqual([
    '{"id":"o-1","total":',
    '{"id":"o-2","total":-5}',
    'ÿþ',
    'x',
  ])
  expect(letters[1]!.error).toMatch(/total/)
  expect({ ...letters[1]!.headers }).toEqual({ 'x-from': 'elsewhere' })
  const repaired = await dead.redrive({
    ids: ['bad-json'],
    map: (m) => (m.valid ? undefined : (JSON.parse(`${Buffer.from(m.raw).toString()}7}`) as z.input<typeof Order>)),
  })
  expect(repaired).toMatchObject({ moved: 1, kept: 3 })
  await w.clock.settle()
  expect(runs).toBe(2)
  await finish(w.clock, work.close())
})

test('dead.on-invalid-retry: bad input takes the retry policy instead, for schemas that arrive late', async () => {
  const w = world([orders])
  const b = await w.broker()
  const raw = await rawClient(w)
  b.consumer(orders, { onInvalid: 'retry' }).subscribe(() => undefined)
  await raw.send('orders', { body: '{}' })
  await w.clock.settle()
  expect(await b.stats(orders)).toMatchObject({ delayed: 1, dead: 0 })
  await w.clock.advance('2s')
  expect(await b.deadLetters(orders).peek()).toMatchObject([{ reason: 'attempts', attempts: 2 }])
})

test('dead.drop: said out loud, nothing is kept, an event tells; the queue for dead letters is there all the same', async () => {
  const lossy = queue('lossy', { schema: type<number>(), deadLetter: 'drop', retry: { attempts: 1 } })
  const { broker, clock, events, server } = world([lossy])
  const b = await broker()
  b.consumer(lossy).subscribe(() => {
    throw new Error('no')
  })
  await b.producer(lossy).send(1, { id: 'o-1' })
  await clock.settle()
  expect(eventsOf(events, 'dropped')).toMatchObject([{ id: 'o-1', reason: 'attempts' }])
  // What exists on the broker does not depend on how it is consumed, which may change at any deploy.
  expect(server.queues).toEqual(['lossy.dead', 'lossy'])
  expect(await b.deadLetters(lossy).count()).toBe(0)
})

test('dead.unwritable: the message stays, no handler runs again, health says so, and it dies when it can', async () => {
  const w = world([orders])
  await w.broker()
  const b = await w.broker({ provision: 'verify' })
  const raw = await rawClient(w)
  let runs = 0
  const work = b.consumer(orders).subscribe(() => {
    runs++
    throw new DeadLetter('no')
  })
  await raw.driver.remove(targetOf('orders.dead'))
  await b.producer(orders).send({ id: 'o-1', total: 1 })
  await w.clock.advance('3m')
  expect(runs).toBe(1)
  expect(b.health()).toMatchObject({
    status: 'degraded',
    reasons: [expect.stringMatching(/dead-letter queue of "orders" cannot be written/)],
  })
  expect(w.events.filter(({ event }) => event === 'settle-failed').length).toBeLessThan(60)
  await raw.driver.ensure(targetOf('orders.dead'), 'create')
  await w.clock.advance('10s')
  expect(await b.deadLetters(orders).peek()).toMatchObject([{ id: expect.any(String) as string, reason: 'rejected' }])
  expect([runs, b.health().status]).toEqual([1, 'up'])
  await finish(w.clock, work.close())
})

test('dead.unwritable: a full server still takes dead letters, for the room is the same', async () => {
  const { broker, clock } = world([orders], memoryServer({ maxMessages: 1 }))
  const b = await broker()
  await b.producer(orders).send({ id: 'o-1', total: 1 })
  const [message] = await b.consumer(orders).receive()
  await message!.deadLetter()
  await clock.settle()
  expect(await b.deadLetters(orders).count()).toBe(1)
})

test('redrive.own-source, group.independent: a group keeps its failures to itself', async () => {
  const placed = topic('placed', { schema: Order, groups: ['payment', 'stock'] })
  const payment = group(placed, 'payment', { retry: { attempts: 1 } })
  const stock = group(placed, 'stock')
  const { broker, clock, server } = world([placed, payment, stock])
  const b = await broker()
  const runs = { payment: 0, stock: 0 }
  let broken = true
  b.consumer(payment).subscribe(() => {
    runs.payment++
    if (broken) throw new Error('provider down')
  })
  b.consumer(stock).subscribe(() => void runs.stock++)
  await b.producer(placed).send({ id: 'o-1', total: 1 }, { id: 'o-1' })
  await clock.settle()
  expect(server.queues).toContain('placed.g-payment.dead')
  expect(await b.deadLetters(payment).peek()).toMatchObject([{ id: 'o-1', origin: 'placed/payment' }])
  expect(await b.deadLetters(stock).count()).toBe(0)
  broken = false
  await b.deadLetters(payment).redrive()
  await clock.settle()
  expect(runs).toEqual({ payment: 2, stock: 1 })
})

test('wire.unknown-kept: headers of a newer minor version survive dead letter and redrive', async () => {
  const w = world([orders])
  const b = await w.broker()
  const raw = await rawClient(w)
  await raw.send('orders', {
    body: '{"id":"o-1","total":1}',
    headers: { 'anymq-v': '1', 'anymq-id': 'x', 'anymq-future': 'kept', traceparent: '00-1-2-01' },
  })
  const consumer = b.consumer(orders)
  await (await consumer.receive())[0]!.deadLetter()
  await b.deadLetters(orders).redrive()
  const feed: Record<string, string>[] = []
  const opened = await raw.driver.open(
    targetOf('orders'),
    { window: 1, span: 1, lease: 1000, preference: 0, browse: true },
    {
      deliver: (batch) => feed.push(...batch.map(({ headers }) => headers)),
      demand: () => 1,
      revoke: () => undefined,
      fail: () => undefined,
    },
  )
  await w.clock.settle()
  await opened.close()
  expect(feed[0]).toEqual({
    'anymq-v': '1',
    'anymq-id': 'x',
    'anymq-future': 'kept',
    traceparent: '00-1-2-01',
    'anymq-sent-at': String(w.clock.now()),
    'anymq-redriven': '1',
  })
})

test('dead.foreign: a foreign message was sent when it came, however often it is dead-lettered and redriven', async () => {
  const w = world([orders])
  const b = await w.broker()
  const raw = await rawClient(w)
  await raw.send('orders', { body: '{"id":"o-1","total":1}', id: 'foreign' })
  const sentAt = new Date(w.clock.now())
  const consumer = b.consumer(orders)
  const dead = b.deadLetters(orders)
  for (let round = 0; round < 2; round++) {
    const [message] = await consumer.receive({ hold: '2h' })
    expect(message!.sentAt).toEqual(sentAt)
    await w.clock.advance('1h')
    await message!.deadLetter()
    expect(await dead.peek()).toMatchObject([{ id: 'foreign', sentAt }])
    await w.clock.advance('1h')
    await dead.redrive()
  }
})

test('wire.unknown-version: deferred with growing pauses, told once, never dead-lettered', async () => {
  const w = world([orders])
  const b = await w.broker()
  const raw = await rawClient(w)
  let runs = 0
  b.consumer(orders).subscribe(() => void runs++)
  for (const id of ['a', 'b']) await raw.send('orders', { body: '{}', id, headers: { 'anymq-v': '2' } })
  await w.clock.advance('1h')
  expect(runs).toBe(0)
  expect(eventsOf(w.events, 'unknown-version')).toHaveLength(1)
  expect(await b.stats(orders)).toMatchObject({ ready: 0, delayed: 2, dead: 0 })
})

test('retry.crashes: a message that kills its process again and again is dead-lettered as `crashed`', async () => {
  const fragile = queue('fragile', { schema: type<number>(), retry: { crashes: 3 }, lease: '1s' })
  const w = world([fragile])
  const seen: number[] = []
  const b = await w.broker()
  await b.producer(fragile).send(1)
  for (let life = 0; life < 4; life++) {
    const process = await w.broker()
    process.consumer(fragile).subscribe(({ attempt }) => {
      seen.push(attempt)
      return new Promise(() => undefined)
    })
    await w.clock.settle()
    process.native.abandon()
    await w.clock.advance('2s')
  }
  expect(seen).toEqual([1, 1, 1])
  expect(await b.deadLetters(fragile).peek()).toMatchObject([{ reason: 'crashed', attempts: 0 }])
})

test('dead.unwritable, life.health: when nobody tries to write it any more health says nothing of it', async () => {
  const w = world([orders])
  const settle: Faults['settle'] = (batch, next) =>
    batch.some(({ action }) => action === 'move')
      ? Promise.resolve({ failed: batch.map((_, index) => ({ index, failure: PASSING })) })
      : next()
  const b = await w.broker({}, faulty({ settle }, w.server))
  const work = b.consumer(orders).subscribe(() => {
    throw new DeadLetter('no')
  })
  await b.producer(orders).send({ id: 'o-1', total: 1 })
  await w.clock.advance('1m')
  expect(b.health().status).toBe('degraded')
  await finish(w.clock, work.close({ timeout: '1s' }))
  expect(b.health()).toEqual({ status: 'up', reasons: [] })
  expect(await b.stats(orders)).toMatchObject({ ready: 1, leased: 0, dead: 0 })
})
