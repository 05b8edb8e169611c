import { DeadLetter, fixed, group, MqError, queue, topic, type } from '@anymq/core'
import type { BatchResult } from '@anymq/core/driver'
import { expect, test } from 'vitest'
import { memoryServer } from '../src/index.ts'
import { faulty, PASSING, type Faults } from './faulty.ts'
import { eventsOf, finish, gate, world } from './world.ts'

const jobs = queue('jobs', {
  schema: type<number>(),
  retry: { attempts: 2, backoff: fixed('1s') },
  lease: '10s',
  timeout: '1m',
})

/** A broker object whose driver misbehaves. */
async function withFaults(faults: Faults) {
  const w = world([jobs])
  const broker = await w.broker({}, faulty(faults, w.server))
  return { ...w, broker, producer: broker.producer(jobs) }
}

test('dead.unwritable, retry.attempts: leases are renewed again after a refused dead letter, and no handler runs twice', async () => {
  let refusals = 0
  const w = await withFaults({
    settle: async (batch, next) => {
      if (batch[0]?.action !== 'move' || refusals++ >= 8) return next()
      // Meanwhile the time to renew comes, and there is nothing else to renew.
      await new Promise<void>((resolve) => w.clock.setTimer(resolve, 300))
      return { failed: batch.map((_, index) => ({ index, failure: PASSING })) }
    },
  })
  const { broker, producer, clock } = w
  let runs = 0
  broker.consumer(jobs).subscribe(async () => {
    runs++
    await new Promise<void>((resolve) => clock.setTimer(resolve, 4900))
    throw new DeadLetter('no')
  })
  await producer.send(1)
  await clock.advance('2m')
  expect([runs, refusals]).toEqual([1, 9])
  expect(await broker.deadLetters(jobs).count()).toBe(1)
})

test('close.sequence: an ack that has to be tried again is waited for', async () => {
  let refused = false
  const { broker, producer, clock } = await withFaults({
    settle: async (batch, next) => {
      if (batch[0]?.action !== 'ack' || refused) return next()
      refused = true
      return { failed: [{ index: 0, failure: PASSING }] }
    },
  })
  await producer.send(1)
  const consumer = broker.consumer(jobs)
  const [message] = await consumer.receive()
  const acked = message!.ack()
  await clock.settle()
  await finish(clock, consumer.close({ timeout: '10s' }))
  await acked
  expect(await broker.stats(jobs)).toMatchObject({ ready: 0, leased: 0 })
})

test('close.bounded: an idle subscription closes at once, however busy its siblings are', async () => {
  const { broker, producer, clock } = await withFaults({
    settle: (_, next) => new Promise<BatchResult>((resolve) => clock.setTimer(() => resolve(next()), 20)),
  })
  const consumer = broker.consumer(jobs)
  consumer.subscribe(() => producer.send(1))
  const idle = consumer.subscribe(() => producer.send(1), { concurrency: 1 })
  await producer.sendBatch([1, 2, 3, 4].map((body) => ({ body })))
  await clock.advance('1s')
  const start = clock.monotonic()
  await finish(clock, idle.close())
  expect(clock.monotonic() - start).toBeLessThanOrEqual(2000)
})

test('consume.return-or-throw: a thenable that throws is a failed handler, and the next message is handled', async () => {
  const { broker, producer, clock } = await withFaults({})
  const seen: number[] = []
  broker.consumer(jobs).subscribe(({ body }) => {
    seen.push(body)
    if (body === 1)
      return {
        then: () => {
          throw new Error('a query builder')
        },
      }
    return undefined
  })
  await producer.sendBatch([{ body: 1 }, { body: 2 }])
  await clock.advance('5s')
  expect(seen).toEqual([1, 2, 1])
  expect(await broker.deadLetters(jobs).peek()).toMatchObject([{ reason: 'attempts', error: 'Error: a query builder' }])
})

test('life.resumes: whoever subscribes while the old feed is stopping gets a feed of its own, though the old one never closes', async () => {
  const stopping = gate()
  const { broker, producer, clock } = await withFaults({
    stop: (next) => stopping.passed.then(next),
    close: () => new Promise(() => undefined),
  })
  const consumer = broker.consumer(jobs)
  const first = consumer.subscribe(() => undefined)
  await clock.settle()
  const closing = first.close({ timeout: '5s' })
  await clock.settle()
  const seen: number[] = []
  consumer.subscribe(({ body }) => void seen.push(body))
  stopping.open()
  await clock.settle()
  await producer.send(7)
  await clock.settle()
  expect(seen).toEqual([7])
  await finish(clock, closing)
})

test('life.resumes: a window change that the old feed never answers does not keep the next feed from hearing of one', async () => {
  let resizes = 0
  const { broker, clock } = await withFaults({ resize: () => (resizes++, new Promise(() => undefined)) })
  const consumer = broker.consumer(jobs)
  consumer.subscribe(() => undefined)
  await clock.settle()
  consumer.subscribe(() => undefined)
  expect(resizes).toBe(1)
  broker.native.cut()
  await clock.advance('5s')
  consumer.subscribe(() => undefined)
  expect(resizes).toBe(2)
})

test('lease.extend: never shortens a hold, and a refused extension says why', async () => {
  let refuse = false
  const { broker, producer, clock } = await withFaults({
    settle: async (batch, next) => {
      if (batch[0]?.action !== 'extend' || !refuse) return next()
      throw new MqError('MQ_THROTTLED', 'not now', { retryable: true })
    },
  })
  await producer.send(1)
  const [message] = await broker.consumer(jobs).receive({ hold: '1h' })
  await message!.extend('10s')
  await clock.advance('30m')
  expect(await broker.stats(jobs)).toMatchObject({ leased: 1, delayed: 0 })
  refuse = true
  await expect(message!.extend('1s')).rejects.toMatchObject({ code: 'MQ_THROTTLED' })
  refuse = false
  await message!.ack()
})

test('settle.ack-stored: a renewal that the ack overtook does not take the ack back', async () => {
  const [renewal, answer] = [gate(), gate()]
  const { broker, producer, clock, events } = await withFaults({
    settle: async (batch, next) => {
      if (batch[0]?.action === 'ack') {
        const result = next()
        await answer.passed
        return result
      }
      await renewal.passed
      return { failed: [{ index: 0, failure: { ...PASSING, code: 'MQ_LEASE_LOST', retryable: false } }] }
    },
  })
  await producer.send(1)
  const [message] = await broker.consumer(jobs).receive()
  await clock.advance('5s')
  const acked = message!.ack()
  await clock.settle()
  renewal.open()
  await clock.settle()
  answer.open()
  await acked
  expect(eventsOf(events, 'lease-lost')).toEqual([])
})

test('consume.done, life.health: a source that cannot be consumed is logged, told and shown until it can be', async () => {
  let broken = true
  const { broker, clock, events, lines } = await withFaults({
    open: async (_, next) => {
      if (broken) throw new MqError('MQ_DENIED', 'no permission to read')
      return next()
    },
  })
  const subscription = broker.consumer(jobs).subscribe(() => undefined)
  await expect(subscription.done).rejects.toMatchObject({ code: 'MQ_DENIED' })
  expect(eventsOf(events, 'consume-failed')).toMatchObject([{ source: 'jobs', error: { code: 'MQ_DENIED' } }])
  expect(lines.filter(({ level }) => level === 'error')).toHaveLength(1)
  expect(broker.health()).toMatchObject({
    status: 'degraded',
    reasons: ['"jobs" cannot be consumed: no permission to read'],
  })
  broken = false
  await broker.consumer(jobs).subscribe(() => undefined).ready
  await clock.settle()
  expect(broker.health().status).toBe('up')
})

test('send.not-sent-or-unknown: a send that gets no answer is unknown, and does not hold up the next', async () => {
  let hung = false
  const { broker, producer, clock } = await withFaults({
    send: (_, __, next) => {
      if (hung) return next()
      hung = true
      return new Promise(() => undefined)
    },
  })
  const first = producer.send(1, { timeout: '2s' }).catch((error: unknown) => error)
  await clock.advance('2s')
  expect(await first).toMatchObject({ code: 'MQ_SEND', outcome: 'unknown' })
  expect(broker.health()).toMatchObject({ status: 'degraded', reasons: ['sends to "jobs" get no answer'] })
  await producer.send(2)
  expect(broker.health().status).toBe('up')
  expect((await broker.consumer(jobs).receive({ max: 2 })).map(({ body }) => body)).toEqual([2])
})

test('send.not-sent-or-unknown: a failed send that nobody awaits leaves a trace, without the body', async () => {
  const { producer, events, lines } = await withFaults({})
  void producer.send('secret' as never, { key: '' })
  await Promise.resolve()
  expect(eventsOf(events, 'send-failed')).toMatchObject([{ destination: 'jobs', error: { code: 'MQ_INVALID' } }])
  expect(lines).toMatchObject([
    { level: 'warn', fields: { destination: 'jobs', code: 'MQ_INVALID' }, text: 'a send failed' },
  ])
  expect(JSON.stringify(lines)).not.toContain('secret')
})

test('group.listed: a process that lists only its own group creates the others too', async () => {
  const placed = topic('placed', { schema: type<number>(), groups: ['payment', 'audit'] })
  const payment = group(placed, 'payment')
  const server = memoryServer()
  const first = world([payment], server)
  await (await first.broker()).producer(placed).send(1)
  expect(server.queues).toContain('placed.g-audit')
  expect(server.messages).toBe(2)
})

test('close.sequence: a handler that runs during a close may still send', async () => {
  const mail = queue('mail', { schema: type<number>() })
  const { broker, clock, events, server } = world([jobs, mail])
  const b = await broker()
  const running = gate()
  b.consumer(jobs).subscribe(async ({ body }) => {
    await running.passed
    await b.producer(mail).send(body)
  })
  await b.producer(jobs).send(1)
  await clock.settle()
  const closing = b.close()
  running.open()
  await finish(clock, closing)
  expect(eventsOf(events, 'retry')).toEqual([])
  expect(server.messages).toBe(1)
  expect(() => b.producer(mail)).toThrow(/closed/)
})

test('define.policy-per-consumer: after its last consumer has closed, a source may be consumed with another lease', async () => {
  const { broker, clock } = world([jobs])
  const b = await broker()
  const consumer = b.consumer(jobs, { lease: '20s' })
  expect(() => b.consumer(jobs)).toThrow(/lease of 20000 ms here already/)
  await finish(clock, consumer.close())
  b.consumer(jobs)
})
