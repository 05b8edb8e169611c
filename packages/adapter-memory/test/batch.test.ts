import {
  DeadLetter,
  Defer,
  fixed,
  queue,
  RetryAfter,
  type,
  type BatchHandler,
  type SubscribeBatchOptions,
} from '@anymq/core'
import { expect, test } from 'vitest'
import { eventsOf, gate, world } from './world.ts'

const rows = queue('rows', {
  schema: type<number>(),
  retry: { attempts: 3, backoff: fixed('10s') },
  lease: '10s',
  timeout: '1m',
})

/** A subscription to batches that notes when each was handed over, and what was in it. */
async function noting(
  options: SubscribeBatchOptions,
  handler: BatchHandler<number> = () => undefined,
  definitions = [rows],
) {
  const { broker, clock, events } = world(definitions)
  const b = await broker()
  const batches: string[] = []
  const consumer = b.consumer(definitions[0]!)
  const work = consumer.subscribeBatch((messages) => {
    batches.push(`${messages.map(({ body, attempt }) => `${body}:${attempt}`).join(' ')} @${clock.monotonic()}`)
    return handler(messages)
  }, options)
  await work.ready
  const send = (...bodies: number[]) => b.producer(definitions[0]!).sendBatch(bodies.map((body) => ({ body })))
  return { b, clock, events, batches, work, send, consumer }
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i)

test('batch.size-and-wait: full batches go at once, the rest when `within` is over since its first message', async () => {
  const { b, clock, batches, send } = await noting({ max: 3, within: '5s' })
  await send(...upTo(7))
  await clock.settle()
  expect(batches).toEqual(['0:1 1:1 2:1 @0', '3:1 4:1 5:1 @0'])
  await clock.advance('4s')
  await send(7)
  await clock.advance('990ms')
  expect(batches).toHaveLength(2)
  await clock.advance('10ms')
  expect(batches[2]).toBe('6:1 7:1 @5000')
  await clock.advance('1m')
  expect(batches).toHaveLength(3)
  expect(await b.stats(rows)).toMatchObject({ ready: 0, leased: 0 })
})

test('batch.size-and-wait: one batch at a time by default; while its handler is busy the next gathers, and goes as it is free', async () => {
  const { passed, open } = gate()
  const { clock, batches, work, send } = await noting({ max: 4, within: '1s' }, () => passed)
  await send(0, 1)
  await clock.advance('2s')
  await send(2)
  await clock.advance('3s')
  await send(3)
  await clock.advance('3s')
  expect([batches, work.running]).toEqual([['0:1 1:1 @1000'], 1])
  open()
  await clock.settle()
  expect([batches[1], work.running]).toEqual(['2:1 3:1 @8000', 0])
})

test('consume.concurrency, consume.buffer-bounded: `concurrency` counts batches, and the window is twice what they hold', async () => {
  const { b, clock, batches, work, send } = await noting(
    { max: 5, within: '1s', concurrency: 2 },
    () => new Promise(() => undefined),
  )
  await send(...upTo(100))
  await clock.settle()
  expect([batches.length, work.running]).toEqual([2, 2])
  expect(await b.stats(rows)).toMatchObject({ ready: 80, leased: 20 })
})

test('batch.settlement: return acks the rest, and each message’s own verb wins', async () => {
  const { b, clock, batches, send } = await noting({ max: 4, within: '1s' }, ([zero, one, two]) => {
    if (two === undefined) return
    void zero!.deadLetter('no use')
    void one!.retry({ after: '3s' })
    void two.ack()
  })
  await send(0, 1, 2, 3)
  await clock.advance('1m')
  expect(batches).toEqual(['0:1 1:1 2:1 3:1 @0', '1:2 @4000'])
  expect(await b.deadLetters(rows).peek()).toMatchObject([{ body: 0, reason: 'rejected' }])
  expect(await b.stats(rows)).toMatchObject({ ready: 0, leased: 0, delayed: 0 })
})

test('batch.settlement: throw retries the unsettled, and only them', async () => {
  const { b, clock, batches, send } = await noting({ max: 3, within: '1s' }, async (messages) => {
    await messages[0]!.ack()
    if (messages[0]!.attempt < 3) throw new Error('books are closed')
  })
  await send(0, 1, 2)
  await clock.advance('1m')
  expect(batches).toEqual(['0:1 1:1 2:1 @0', '1:2 2:2 @11000', '2:3 @22000'])
  expect(await b.deadLetters(rows).count()).toBe(0)
  expect(await b.stats(rows)).toMatchObject({ ready: 0, leased: 0, delayed: 0 })
})

test.for<[string, Error, Partial<Record<'dead' | 'second', string | number>>]>([
  ['DeadLetter', new DeadLetter('never'), { dead: 2 }],
  ['RetryAfter', new RetryAfter('3s'), { dead: 0, second: '0:2 1:2 @3000' }],
  ['Defer', new Defer('4s'), { dead: 0, second: '0:1 1:1 @4000' }],
])('batch.settlement: %s applies to what is unsettled', async ([, error, expected]) => {
  let thrown = false
  const { b, clock, batches, send } = await noting({ max: 2, within: '1s' }, () => {
    if (thrown) return
    thrown = true
    throw error
  })
  await send(0, 1)
  await clock.advance('1m')
  expect(await b.deadLetters(rows).count()).toBe(expected.dead)
  if (expected.second !== undefined) expect(batches[1]).toBe(expected.second)
})

test('consume.defer-pause: a batch that defers with a pause stops the whole subscription', async () => {
  let outage = true
  const { clock, batches, events, send } = await noting({ max: 2, within: '1s' }, () => {
    if (outage) throw new Defer('30s', { pause: true })
  })
  await send(0, 1, 2)
  await clock.advance('29s')
  outage = false
  expect([batches.length, eventsOf(events, 'paused').length]).toEqual([1, 1])
  await clock.advance('10s')
  expect(batches.slice(1).join(' ').match(/\d:1/g)!.toSorted()).toEqual(['0:1', '1:1', '2:1'])
})

test('batch.size-and-wait: what is lost while the batch gathers is not in it, and an empty one is nobody’s', async () => {
  const { b, clock, batches, send } = await noting({ max: 3, within: '5s' })
  await send(0, 1)
  await clock.settle()
  b.native.cut()
  await clock.advance('20s')
  // They came again, and make one batch.
  expect(batches.map((batch) => batch.replace(/ @.*/, ''))).toEqual(['0:1 1:1'])
})

test('close.sequence, settle.release: what gathers is given back at once, uncounted; what runs is waited for', async () => {
  const { passed, open } = gate()
  const { b, clock, batches, work, send } = await noting({ max: 2, within: '1h' }, () => passed)
  await send(0, 1, 2)
  await clock.settle()
  const closed = work.close()
  await clock.settle()
  expect(await b.stats(rows)).toMatchObject({ ready: 1, leased: 2 })
  open()
  await closed
  expect(await b.stats(rows)).toMatchObject({ ready: 0 + 1, leased: 0 })
  expect(batches).toEqual(['0:1 1:1 @0'])
  const [left] = await b.consumer(rows).receive()
  expect([left?.body, left?.attempt]).toEqual([2, 1])
})

test('consume.pause: what gathers is given back, and comes again after it', async () => {
  const { b, clock, batches, work, send } = await noting({ max: 2, within: '1h' })
  await send(0)
  await clock.settle()
  work.pause()
  await clock.settle()
  expect(await b.stats(rows)).toMatchObject({ ready: 1, leased: 0 })
  work.resume()
  await send(1)
  await clock.settle()
  expect(batches).toEqual(['0:1 1:1 @0'])
})

test('consume.timeout-grace, consume.zombies: a batch as a whole outlives its timeout', async () => {
  const signals: boolean[] = []
  const { b, clock, batches, events, work, send } = await noting(
    { max: 2, within: '1s', timeout: '20s' },
    (messages) => {
      for (const { signal } of messages) signal.addEventListener('abort', () => signals.push(signal.aborted))
      return messages[0]!.attempt === 1 ? new Promise(() => undefined) : undefined
    },
  )
  await send(0, 1)
  await clock.advance('21s')
  expect(signals).toEqual([true, true])
  expect(eventsOf(events, 'handler-timeout')).toHaveLength(1)
  await clock.advance('5s')
  // As many zombies as batches at once: the intake stops, and health says so.
  expect(b.health()).toMatchObject({ status: 'degraded' })
  await clock.advance('1m')
  expect([batches, work.running]).toEqual([['0:1 1:1 @0'], 0])
  const again = await b.consumer(rows).receive({ max: 2 })
  expect(again.map(({ body, attempt }) => `${body}:${attempt}`)).toEqual(['0:2', '1:2'])
})

test('consume.rate: it counts batches', async () => {
  const { clock, batches, send } = await noting({ max: 2, within: '1s', rate: { max: 1, per: '10s' } })
  await send(...upTo(6))
  await clock.advance('1m')
  expect(batches).toEqual(['0:1 1:1 @0', '2:1 3:1 @10000', '4:1 5:1 @20000'])
})

test('lease.extended: messages of a batch that gathers for long keep their leases', async () => {
  const { clock, batches, send } = await noting({ max: 5, within: '2m' })
  await send(0)
  await clock.advance('1m')
  await send(1)
  await clock.advance('2m')
  expect(batches).toEqual(['0:1 1:1 @120000'])
})

test('bad batches are refused by name, all problems at once', async () => {
  const { broker } = world([rows])
  const consumer = (await broker()).consumer(rows)
  for (const [handler, options, ...messages] of [
    [
      5,
      {},
      /handler: is no function; give \(messages\) => …/,
      /options > max: is undefined/,
      /options > within: is undef/,
    ],
    [() => 0, { max: 0, within: '1s' }, /options > max: is 0; give a whole number from 1 to 100000/],
    [
      () => 0,
      { max: 100_001, within: -1 },
      /options > max: is 100001/,
      /options > within: is -1; .*from 0 to 2147483647/,
    ],
    [() => 0, { max: 1, within: 1, concurrency: 0 }, /options > concurrency: is 0/],
    [() => 0, { max: 1, within: 1, timeout: 0, rate: 1 }, /options > timeout: is 0/, /options > rate: is 1/],
    [() => 0, { max: 1, within: 1, size: 2 }, /options > size: is an unknown field; the fields are max, within/],
    [() => 0, undefined, /options: is undefined; give an object/],
  ] as const)
    for (const message of messages)
      expect(() => consumer.subscribeBatch(handler as never, options as never)).toThrow(message)
})
