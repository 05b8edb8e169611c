import { fixed, MqError, queue, type, type Message } from '@anymq/core'
import { expect, test } from 'vitest'
import { eventsOf, finish, world } from './world.ts'

const numbers = queue('numbers', {
  schema: type<number>(),
  retry: { attempts: 3, backoff: fixed('10s') },
  timeout: '1m',
  lease: '10s',
})

test('settle.first-wins: the second settlement is refused and changes nothing', async () => {
  const { broker, clock } = world([numbers])
  const b = await broker()
  await b.producer(numbers).sendBatch([{ body: 1 }, { body: 2 }])
  const [first, second] = await b.consumer(numbers).receive({ max: 2 })
  await first!.ack()
  for (const again of [
    () => first!.ack(),
    () => first!.retry(),
    () => first!.deadLetter(),
    () => first!.defer('1s'),
    () => first!.extend('1s'),
  ]) {
    await expect(again()).rejects.toMatchObject({ code: 'MQ_ALREADY_SETTLED' })
  }
  expect(await b.stats(numbers)).toMatchObject({ ready: 0, leased: 1, dead: 0 })
  await second!.ack()
  await clock.advance('1h')
  expect(await b.stats(numbers)).toMatchObject({ ready: 0, leased: 0, delayed: 0, dead: 0 })
})

test('pull.receive: waits for the first message, answers with what is there, and with nothing after the wait', async () => {
  const { broker, clock } = world([numbers])
  const b = await broker()
  const consumer = b.consumer(numbers)
  const start = clock.monotonic()
  expect(await finish(clock, consumer.receive({ max: 10, wait: '3s' }))).toEqual([])
  expect(clock.monotonic() - start).toBeGreaterThanOrEqual(3000)
  const late = consumer.receive({ max: 10, wait: '1h' })
  await clock.advance('1m')
  await b.producer(numbers).sendBatch([1, 2, 3].map((body) => ({ body })))
  expect((await late).map(({ body }) => body)).toEqual([1, 2, 3])
})

test('pull.receive: an aborted pull loses nothing', async () => {
  const { broker, clock } = world([numbers])
  const b = await broker()
  const stop = new AbortController()
  const pulling = b
    .consumer(numbers)
    .receive({ signal: stop.signal })
    .catch((error: unknown) => error)
  await clock.settle()
  stop.abort()
  expect(MqError.is(await pulling, 'MQ_ABORTED')).toBe(true)
  await b.producer(numbers).send(1)
  expect((await b.consumer(numbers).receive())[0]!.body).toBe(1)
})

test('pull.hold, pull.forgotten: kept under lease for `hold`, then it counts as failed and is logged once', async () => {
  const { broker, clock, events, lines } = world([numbers])
  const b = await broker()
  await b.producer(numbers).sendBatch([{ body: 1 }, { body: 2 }])
  const [first, second] = await b.consumer(numbers).receive({ max: 2, hold: '40s' })
  await clock.advance('39s')
  expect(await b.stats(numbers)).toMatchObject({ ready: 0, leased: 2 })
  await clock.advance('2s')
  expect(eventsOf(events, 'unsettled').map(({ id }) => id)).toEqual([first!.id, second!.id])
  expect(lines.filter(({ text: line }) => line.includes('never settled'))).toHaveLength(1)
  await expect(first!.ack()).rejects.toMatchObject({
    code: expect.stringMatching(/MQ_ALREADY_SETTLED|MQ_LEASE_LOST/) as string,
  })
  await clock.advance('11s')
  const [again] = await b.consumer(numbers).receive()
  expect(again!.attempt).toBe(2)
})

test('lease.extend: a pull user keeps a message longer than the hold', async () => {
  const { broker, clock } = world([numbers])
  const b = await broker()
  await b.producer(numbers).send(1)
  const [message] = await b.consumer(numbers).receive({ hold: '5s' })
  await message!.extend('10m')
  await clock.advance('9m')
  await message!.ack()
  expect(await b.stats(numbers)).toMatchObject({ ready: 0, leased: 0, delayed: 0 })
})

test('settle.any-order, settle.defer: settling the last first touches no other', async () => {
  const { broker, clock } = world([numbers])
  const b = await broker()
  await b.producer(numbers).sendBatch([0, 1, 2, 3].map((body) => ({ body })))
  const messages = await b.consumer(numbers).receive({ max: 4 })
  await messages[3]!.ack()
  await messages[1]!.retry({ after: '1s' })
  await messages[2]!.deadLetter()
  expect(await b.stats(numbers)).toMatchObject({ ready: 0, leased: 1, delayed: 1, dead: 1 })
  await messages[0]!.defer('1s')
  await clock.advance('2s')
  const again: Message<number>[] = await b.consumer(numbers).receive({ max: 4 })
  expect(again.map(({ body, attempt }) => [body, attempt])).toEqual([
    [0, 1],
    [1, 2],
  ])
})

test('settle.first-wins: an explicit retry counts, and is not asked of `retry.when`', async () => {
  const picky = queue('picky', { schema: type<number>(), retry: { attempts: 2, backoff: fixed(0), when: () => false } })
  const { broker, clock } = world([picky])
  const b = await broker()
  await b.producer(picky).send(1)
  const consumer = b.consumer(picky)
  await (await consumer.receive())[0]!.retry()
  const [again] = await finish(clock, consumer.receive())
  expect(again!.attempt).toBe(2)
  await again!.retry()
  expect(await b.deadLetters(picky).peek()).toMatchObject([{ reason: 'attempts', attempts: 2 }])
})

test('settle.release: what a closed consumer had in hand comes to the next one, also while a third keeps the feed open', async () => {
  const { broker, clock } = world([numbers])
  const b = await broker()
  const idle = b.consumer(numbers)
  expect(await finish(clock, idle.receive({ wait: '1s' }))).toEqual([])
  await b.producer(numbers).send(1)
  for (let round = 0; round < 3; round++) {
    const consumer = b.consumer(numbers)
    const got = await finish(clock, consumer.receive({ wait: '5s' }))
    expect(got.map(({ body, attempt }) => [body, attempt])).toEqual([[1, 1]])
    await finish(clock, consumer.close())
  }
})

test('lease.extend: longer than the broker lets a message be held is refused, and the lease goes on as it was', async () => {
  const { broker } = world([numbers])
  const b = await broker()
  await b.producer(numbers).send(1)
  const [message] = await b.consumer(numbers).receive()
  const limit = b.capabilities.maxHold
  await expect(message!.extend(limit + 1)).rejects.toMatchObject({
    code: 'MQ_INVALID',
    message: expect.stringContaining(
      'is longer than this broker lets a message be held, which is 365d at most',
    ) as string,
  })
  await message!.extend(limit)
  await message!.ack()
})
