import { createBroker, fixed, group, MqError, queue, topic, type, type BrokerOptions } from '@anymq/core'
import { TestClock } from '@anymq/core/testing'
import { expect, test } from 'vitest'
import { memory, memoryServer } from '../src/index.ts'
import { eventsOf, finish, gate, world } from './world.ts'

const work = queue('work', { schema: type<number>(), retry: { attempts: 3, backoff: fixed('1s') }, lease: '10s' })

test('lease.exclusive, retry.not-an-attempt: a worker dies, another takes over when the lease ends, and no attempt is counted', async () => {
  const { broker, clock } = world([work])
  const [dying, living] = [await broker(), await broker()]
  const seen: string[] = []
  dying.consumer(work).subscribe(
    ({ body }) => {
      seen.push(`dying ${body}`)
      return new Promise(() => undefined)
    },
    { concurrency: 1 },
  )
  await living.producer(work).send(1)
  await clock.settle()
  dying.native.abandon()
  living.consumer(work).subscribe(({ body, attempt }) => void seen.push(`living ${body} attempt ${attempt}`))
  await clock.advance('9s')
  expect(seen).toEqual(['dying 1'])
  await clock.advance('2s')
  expect(seen).toEqual(['dying 1', 'living 1 attempt 1'])
  expect(await living.stats(work)).toMatchObject({ ready: 0, leased: 0, dead: 0 })
})

test('settle.lease-lost, lease.lost-signal: after a cut the old hold is void, and the message goes on elsewhere', async () => {
  const { broker, clock, events } = world([work])
  const [one, two] = [await broker(), await broker()]
  await one.producer(work).sendBatch([{ body: 1 }, { body: 2 }])
  const [first] = await one.consumer(work).receive()
  let aborted: unknown
  first!.signal.addEventListener('abort', () => (aborted = first!.signal.reason))
  one.native.cut()
  expect(aborted).toMatchObject({ code: 'MQ_LEASE_LOST' })
  for (const late of [() => first!.ack(), () => first!.retry(), () => first!.deadLetter(), () => first!.extend('1s')]) {
    await expect(late()).rejects.toMatchObject({ code: 'MQ_LEASE_LOST' })
  }
  const again = await two.consumer(work).receive({ max: 2 })
  expect(again.map(({ id, attempt }) => [id, attempt])[0]).toEqual([first!.id, 1])
  await Promise.all(again.map((message) => message.ack()))
  await clock.advance('1m')
  expect(await two.stats(work)).toMatchObject({ ready: 0, leased: 0, dead: 0 })
  expect(eventsOf(events, 'lease-lost').map(({ id }) => id)).toEqual([first!.id])
})

test('settle.lease-lost: a handler that ends after a cut settles nothing', async () => {
  const { broker, clock } = world([work])
  const b = await broker()
  const slow = gate()
  const runs: number[] = []
  b.consumer(work).subscribe(async ({ attempt }) => {
    runs.push(attempt)
    if (runs.length === 1) await slow.passed
  })
  await b.producer(work).send(1)
  await clock.settle()
  b.native.cut()
  await clock.advance('5s')
  expect(runs).toEqual([1, 1])
  slow.open()
  await clock.settle()
  expect(await b.stats(work)).toMatchObject({ ready: 0, leased: 0, delayed: 0, dead: 0 })
})

test('life.resumes, life.health: after a cut producers and consumers go on by themselves', async () => {
  const { broker, clock, events } = world([work])
  const b = await broker()
  const seen: number[] = []
  b.consumer(work).subscribe(({ body }) => void seen.push(body))
  await clock.settle()
  for (let round = 0; round < 3; round++) {
    b.native.cut()
    expect(b.health().status).toBe('down')
    const sending = b.producer(work).send(round)
    await clock.advance('5s')
    await sending
    expect(b.health()).toEqual({ status: 'up', reasons: [] })
  }
  expect(seen).toEqual([0, 1, 2])
  expect(eventsOf(events, 'connected').map(({ again }) => again)).toEqual([false, true, true, true])
})

test('settle.release, close.sequence: close lets handlers finish, gives back the rest at once, and counts nothing', async () => {
  const { broker, clock } = world([work])
  const [one, two] = [await broker(), await broker()]
  const running = gate()
  const ended: number[] = []
  one.consumer(work).subscribe(
    async ({ body }) => {
      await running.passed
      ended.push(body)
    },
    { concurrency: 2 },
  )
  await one.producer(work).sendBatch([0, 1, 2, 3, 4, 5].map((body) => ({ body })))
  await clock.settle()
  const closing = one.close()
  await clock.settle()
  const rest = await two.consumer(work).receive({ max: 10 })
  expect(rest.map(({ body, attempt }) => [body, attempt])).toEqual([
    [2, 1],
    [3, 1],
    [4, 1],
    [5, 1],
  ])
  running.open()
  await finish(clock, closing)
  expect(ended).toEqual([0, 1])
  expect(await two.stats(work)).toMatchObject({ ready: 0, leased: 4, delayed: 0, dead: 0 })
})

test('close.bounded: a handler that never ends is told, and its message goes to somebody else at once', async () => {
  const { broker, clock } = world([work])
  const [one, two] = [await broker(), await broker()]
  let reason: unknown
  const subscription = one.consumer(work).subscribe((message) => {
    message.signal.addEventListener('abort', () => (reason = message.signal.reason))
    return new Promise(() => undefined)
  })
  await one.producer(work).send(1)
  await clock.settle()
  const start = clock.monotonic()
  await finish(clock, one.close({ timeout: '3s' }))
  expect(clock.monotonic() - start).toBeLessThanOrEqual(4000)
  expect(reason).toMatchObject({ code: 'MQ_CLOSED' })
  await subscription.done
  expect((await two.consumer(work).receive())[0]).toMatchObject({ body: 1, attempt: 1 })
})

test('close.idempotent, close.use-after: twice at once, and MQ_CLOSED everywhere afterwards', async () => {
  const { broker, clock } = world([work])
  const b = await broker()
  const producer = b.producer(work)
  const consumer = b.consumer(work)
  const subscription = consumer.subscribe(() => undefined)
  await Promise.all([finish(clock, b.close()), b.close(), b[Symbol.asyncDispose]()])
  await b.close()
  await subscription.done
  await expect(producer.send(1)).rejects.toMatchObject({ code: 'MQ_CLOSED' })
  await expect(producer.sendBatch([{ body: 1 }])).rejects.toMatchObject({ code: 'MQ_CLOSED' })
  await expect(consumer.receive()).rejects.toMatchObject({ code: 'MQ_CLOSED' })
  await expect(b.stats(work)).rejects.toMatchObject({ code: 'MQ_CLOSED' })
  for (const use of [
    () => consumer.subscribe(() => undefined),
    () => b.producer(work),
    () => b.consumer(work),
    () => b.deadLetters(work),
  ]) {
    expect(use).toThrow(expect.objectContaining({ code: 'MQ_CLOSED' }) as Error)
  }
  expect(b.health().status).toBe('down')
})

test('close.anywhere: with a receive pending, during a reconnect, and from inside a handler', async () => {
  const { broker, clock } = world([work])
  const pending = await broker()
  const pull = pending.consumer(work).receive({ wait: '1h' })
  await clock.settle()
  await finish(clock, pending.close())
  expect(await pull).toEqual([])

  const cut = await broker()
  cut.consumer(work).subscribe(() => undefined)
  cut.native.cut()
  await finish(clock, cut.close())

  const inside = await broker()
  const closed = Promise.withResolvers<void>()
  inside.consumer(work).subscribe(() => void inside.close().then(closed.resolve))
  await inside.producer(work).send(1)
  await finish(clock, closed.promise)
})

test('consume.done: a source that cannot be consumed ends its subscriptions with what killed it', async () => {
  const { broker, clock, server } = world([work])
  await broker()
  const b = await broker({ provision: 'verify' })
  const raw = await memory({ server }).connect(
    { clock, ids: { next: () => '' }, log: console, lost: () => undefined, state: () => undefined },
    new AbortController().signal,
  )
  await raw.remove({ address: 'work', kind: 'queue' } as never)
  const subscription = b.consumer(work).subscribe(() => undefined)
  await expect(subscription.done).rejects.toMatchObject({ code: 'MQ_NOT_FOUND' })
  await expect(subscription.ready).rejects.toMatchObject({ code: 'MQ_NOT_FOUND' })
  const consumer = b.consumer(work)
  for (let i = 0; i < 2; i++) await expect(consumer.receive()).rejects.toMatchObject({ code: 'MQ_NOT_FOUND' })
})

test('error.none-unhandled: a logger and a listener that throw stop nobody', async () => {
  const { broker, clock } = world([work])
  const boom = (): never => {
    throw new Error('boom')
  }
  const b = await broker({ logger: { debug: boom, info: boom, warn: boom, error: boom }, onEvent: boom })
  const attempts: number[] = []
  b.consumer(work).subscribe(({ attempt }) => {
    attempts.push(attempt)
    throw new Error('fail')
  })
  await b.producer(work).send(1)
  await clock.advance('10s')
  expect(attempts).toEqual([1, 2, 3])
  expect(await b.stats(work)).toMatchObject({ leased: 0, dead: 1 })
})

test('capability.startup, capability.never-weakened, define.require-durability: one error with every problem, each naming what to do instead', async () => {
  const ordered = queue('ordered', { schema: type<{ k: string }>(), ordering: { key: (body) => body.k } })
  const vip = queue('vip', {
    schema: type<number>(),
    priority: { levels: ['high', 'low'], default: 'low' },
    delay: { max: '1h' },
  })
  const placed = topic('placed', { schema: type<number>() })
  const past = group(placed, 'past', { from: 'oldest' })
  const durable = queue('durable', { require: { durability: 'disk' } })
  const once = queue('once', { dedupe: { window: '1m' } })
  const creating = createBroker(memory({ mask: ['ordering', 'priority', 'delay', 'dedupe'] }), {
    definitions: [ordered, vip, past, durable, once] as BrokerOptions['definitions'],
    emulation: 'forbid',
  })
  const error = await creating.catch((cause: unknown) => cause)
  expect(MqError.is(error, 'MQ_UNSUPPORTED')).toBe(true)
  expect((error as MqError).problems.map(({ path }) => path)).toEqual([
    'queue "ordered" > ordering',
    'queue "vip" > priority',
    'queue "vip" > delay',
    'group "placed/past" > from',
    'queue "durable" > require.durability',
    'queue "once" > dedupe',
  ])
})

test("capability.emulation, define.require-native: 'warn' says what is emulated, and a definition can insist on the real thing", async () => {
  const ordered = queue('ordered', { schema: type<{ k: string }>(), ordering: { key: (body) => body.k } })
  const w = world([ordered])
  await w.broker({ emulation: 'warn' })
  expect(w.lines).toEqual([])
  await w.broker({ emulation: 'warn' }, memory({ server: memoryServer(), mask: ['ordering'] }))
  expect(w.lines).toMatchObject([{ level: 'warn', fields: { capability: 'queue "ordered" > ordering' } }])
  const strict = queue('strict', { ordering: { key: () => 'k' }, require: { ordering: 'native' } })
  await expect(createBroker(memory({ mask: ['ordering'] }), { definitions: [strict] })).rejects.toMatchObject({
    code: 'MQ_UNSUPPORTED',
    problems: [{ path: 'queue "strict" > require.ordering', message: 'is "native"; here ordering is emulated' }],
  })
})

test('error.not-built: what there is not is refused by name', async () => {
  const { broker } = world([work])
  const b = await broker()
  expect(() => b.producer(work, { confirm: false })).toThrow(/confirm: false is not offered by the memory broker/)
})

test('life.connect-fails-fast: brokers on one server must share a clock, and a permanent error is not retried', async () => {
  const server = memoryServer()
  const first = await createBroker(memory({ server }), { definitions: [work] })
  await expect(createBroker(memory({ server }), { definitions: [work], clock: new TestClock() })).rejects.toMatchObject(
    { code: 'MQ_CONFIG' },
  )
  await first.close()
})

test('group.open, group.from-now: a group that comes later gets what is sent from then on', async () => {
  const placed = topic('placed', { schema: type<number>() })
  const early = group(placed, 'early')
  const late = group(placed, 'late')
  const server = memoryServer()
  const clock = new TestClock()
  const one = await createBroker(memory({ server }), { definitions: [early], clock })
  await one.producer(placed).send(1)
  const two = await createBroker(memory({ server }), { definitions: [early, late], clock })
  await one.producer(placed).send(2)
  const bodies = async (source: typeof early) =>
    (await two.consumer(source).receive({ max: 5 })).map(({ body }) => body)
  expect([await bodies(early), await bodies(late)]).toEqual([[1, 2], [2]])
  await Promise.all([finish(clock, one.close()), finish(clock, two.close())])
  expect(clock.timers).toBe(0)
})

test('unlisted definitions are refused by name, before anything is asked of the broker', async () => {
  const { broker } = world([work])
  const b = await broker()
  const other = queue('other', { schema: type<number>() })
  for (const use of [() => b.producer(other), () => b.consumer(other), () => b.deadLetters(other)]) {
    expect(use).toThrow(/"other" is not one of this broker's definitions; add it/)
  }
})
