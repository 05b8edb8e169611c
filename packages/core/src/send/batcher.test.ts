import { fakeTarget } from '../testing/driver-kit.ts'
import { expect, test } from 'vitest'
import { FakeDriver, FakeError, fakeFailure } from '../../test/fake-driver.ts'
import { hanging, outbox, TIMEOUT, WIDE } from '../../test/outbox.ts'
import { MqError, type SendOutcome } from '../errors.ts'
import { fingerprintText } from '../spi/fingerprint.ts'
import type { BatchResult } from '../spi/messages.ts'

const gone = new MqError('MQ_CONNECTION', 'gone', { retryable: true })
const closed = new MqError('MQ_CLOSED', 'closed')

/** One answer after another, then always good. */
function answers(driver: FakeDriver, ...script: (() => Promise<BatchResult>)[]): void {
  driver.answer = () => (script.shift() ?? (async () => ({})))()
}

const ids = (from: number, to: number): string[] => Array.from({ length: to - from + 1 }, (_, i) => `o-${from + i}`)

test('send.shared-batches: a lone send goes at once; what comes while it is in flight forms the next batches', async () => {
  const { send, ids: sent, clock, fates } = outbox()
  send(1)
  expect(sent()).toEqual([['o-0']])
  send(14)
  send(1)
  expect(sent()).toHaveLength(1)
  await clock.settle()
  expect(sent()).toEqual([['o-0'], ids(1, 10), ids(11, 15)])
  expect([...fates.values()]).toEqual(Array(16).fill('sent'))
})

test('send.shared-batches: batches are cut at the count and the bytes that the broker takes', async () => {
  const { add, batcher, ids: sent, clock } = outbox(new FakeDriver({ batch: { count: 3, bytes: 100 } }))
  for (const bytes of [40, 40, 40, 500, 1, 1, 1, 1]) add(bytes)
  batcher.go()
  await clock.settle()
  expect(sent()).toEqual([['o-0', 'o-1'], ['o-2'], ['o-3'], ['o-4', 'o-5', 'o-6'], ['o-7']])
})

test('send.retry-same-id: items that failed are sent again, ahead of the rest and without those that were taken', async () => {
  const { driver, send, ids: sent, clock, events, fates } = outbox()
  answers(driver, async () => ({ failed: [1, 3].map((index) => ({ index, failure: fakeFailure() })) }))
  send(5)
  send(2)
  await clock.settle()
  expect(sent()).toEqual([ids(0, 4)])
  await clock.advance(20)
  expect(sent()).toEqual([ids(0, 4), ['o-1', 'o-3', 'o-5', 'o-6']])
  expect([...fates.values()]).toEqual(Array(7).fill('sent'))
  expect(events).toMatchObject([{ event: 'send-retry', count: 2 }])
})

test.for<[SendOutcome, SendOutcome]>([
  ['not-sent', 'not-sent'],
  ['unknown', 'unknown'],
])(
  'send.not-sent-or-unknown: a failure that is final and %s fails the send as %s, tried once',
  async ([outcome, fate]) => {
    const { driver, send, ids: sent, clock, fates, errors } = outbox()
    answers(
      driver,
      async () => ({ failed: [{ index: 0, failure: fakeFailure({ retryable: false, outcome, code: 'MQ_DENIED' }) }] }),
      async () => Promise.reject(new FakeError({ retryable: false, outcome, code: 'MQ_DENIED' })),
    )
    send(2)
    await clock.settle()
    send(2)
    await clock.advance('1m')
    expect(sent()).toEqual([ids(0, 1), ids(2, 3)])
    expect([...fates].toSorted()).toEqual([
      [0, fate],
      [1, 'sent'],
      [2, fate],
      [3, fate],
    ])
    for (const error of errors)
      expect(error).toMatchObject({ code: 'MQ_DENIED', adapter: 'fake', destination: 'orders' })
  },
)

test('send.not-sent-or-unknown: once a try was unknown, a later refusal does not make it not-sent', async () => {
  const { driver, send, clock, fates } = outbox()
  answers(
    driver,
    async () => Promise.reject(new FakeError({ outcome: 'unknown' })),
    async () => Promise.reject(new FakeError({ retryable: false, outcome: 'not-sent' })),
  )
  send(1)
  await clock.advance('1s')
  expect([...fates]).toEqual([[0, 'unknown']])
})

test('send.not-sent-or-unknown: a driver that never answers: in flight is unknown, behind it is not sent, both in time', async () => {
  const { driver, send, clock, fates, errors, batcher } = outbox()
  driver.answer = hanging
  send(1)
  send(2)
  await clock.advance(TIMEOUT - 1)
  expect(fates.size).toBe(0)
  await clock.advance(1)
  expect([...fates]).toEqual([
    [0, 'unknown'],
    [1, 'not-sent'],
    [2, 'not-sent'],
  ])
  expect(errors.every((error) => MqError.is(error, 'MQ_TIMEOUT'))).toBe(true)
  await batcher.drain()
  expect(clock.timers).toBe(0)
})

test('life.resumes, send.retry-same-id: what was in flight at a loss goes out again first, under the same ids; an old answer is not heard', async () => {
  const { driver, batcher, send, clock, fates, ids: sent } = outbox()
  const late = Promise.withResolvers<BatchResult>()
  answers(driver, () => late.promise)
  send(3)
  send(2)
  batcher.lost(gone)
  late.resolve({ failed: [{ index: 0, failure: fakeFailure({ retryable: false }) }] })
  await clock.advance('3s')
  expect([fates.size, sent().length]).toEqual([0, 1])
  const next = new FakeDriver()
  batcher.up(next)
  await clock.settle()
  expect(next.sent.flat().map(({ id }) => id)).toEqual(ids(0, 4))
  expect([...fates.values()]).toEqual(Array(5).fill('sent'))
})

test('send.not-sent-or-unknown: no connection until the time is over: in flight at the loss is unknown, the rest not sent', async () => {
  const { driver, batcher, send, clock, fates } = outbox()
  driver.answer = hanging
  send(2)
  send(1)
  batcher.lost(gone)
  await clock.advance(TIMEOUT)
  expect([...fates].toSorted()).toEqual([
    [0, 'unknown'],
    [1, 'unknown'],
    [2, 'not-sent'],
  ])
})

test('send.unroutable, send.no-group-yet: an error for a queue; for a topic a success, and an event once', async () => {
  const unroutable = async (): Promise<BatchResult> => ({ unroutable: [0] })
  const toQueue = outbox()
  answers(toQueue.driver, unroutable)
  toQueue.send(2)
  await toQueue.clock.settle()
  expect([...toQueue.fates]).toEqual([
    [0, 'not-sent'],
    [1, 'sent'],
  ])
  expect(toQueue.errors).toMatchObject([{ code: 'MQ_NOT_FOUND', retryable: false }])
  const toTopic = outbox(new FakeDriver(), WIDE, fakeTarget('topic', 'placed'))
  toTopic.driver.answer = unroutable
  for (let i = 0; i < 3; i++) toTopic.send(1)
  await toTopic.clock.settle()
  expect([...toTopic.fates.values()]).toEqual(['sent', 'sent', 'sent'])
  expect(toTopic.events).toEqual([{ event: 'no-groups', destination: 'placed' }])
})

test('send.unroutable: a topic that lists groups and reaches none has lost them', async () => {
  const fingerprint = fingerprintText({
    ordered: false,
    shards: 0,
    levels: [],
    dedupe: false,
    groups: ['a'],
    native: '',
  })
  const { driver, send, clock, fates, errors } = outbox(
    new FakeDriver(),
    WIDE,
    fakeTarget('topic', 'placed', { fingerprint }),
  )
  answers(driver, async () => ({ unroutable: [0] }))
  send(1)
  await clock.settle()
  expect([[...fates.values()], errors]).toMatchObject([['not-sent'], [{ code: 'MQ_NOT_FOUND' }]])
})

test('provision.redeclares: what has vanished is declared again once, and the batch is sent again in its order', async () => {
  const { runtime, driver, send, ids: sent, clock, fates } = outbox()
  const asked: string[] = []
  const restored = Promise.withResolvers<boolean>()
  runtime.restore = ({ address }) => {
    asked.push(address)
    return restored.promise
  }
  const missing = fakeFailure({ code: 'MQ_NOT_FOUND', retryable: false })
  answers(driver, async () => ({ failed: [0, 1, 2].map((index) => ({ index, failure: missing })) }))
  send(3)
  send(1)
  await clock.advance('2s')
  expect([asked, sent(), fates.size]).toEqual([['orders'], [['o-0', 'o-1', 'o-2']], 0])
  restored.resolve(true)
  await clock.settle()
  expect(sent()[1]).toEqual(['o-0', 'o-1', 'o-2', 'o-3'])
  expect([...fates.values()]).toEqual(Array(4).fill('sent'))
})

test('provision.redeclares: what is not declared again fails, and what comes later is tried', async () => {
  const { runtime, driver, send, clock, fates, errors } = outbox()
  runtime.restore = () => Promise.resolve(false)
  answers(driver, () => Promise.reject(new FakeError({ code: 'MQ_NOT_FOUND', retryable: false })))
  send(1)
  await clock.settle()
  send(1)
  await clock.advance('1s')
  expect([...fates.values()]).toEqual(['not-sent', 'sent'])
  expect(errors).toMatchObject([{ code: 'MQ_NOT_FOUND' }])
})

test('provision.redeclares, send.retry-same-id: while it is declared again a send ends at its deadline all the same', async () => {
  const { runtime, driver, send, clock, fates, errors } = outbox()
  runtime.restore = () => new Promise(() => undefined)
  answers(driver, async () => ({
    failed: [{ index: 0, failure: fakeFailure({ code: 'MQ_NOT_FOUND', retryable: false }) }],
  }))
  send(1)
  await clock.advance(TIMEOUT + 100)
  expect([...fates.values()]).toEqual(['not-sent'])
  expect(errors).toMatchObject([{ code: 'MQ_TIMEOUT' }])
})

test('send.buffer-bounded: what does not fit waits outside, in order, and comes in as there is room', async () => {
  const { driver, send, ids: sent, clock, batcher, fates } = outbox(new FakeDriver(), { messages: 4, bytes: 1_000_000 })
  const first = Promise.withResolvers<BatchResult>()
  answers(driver, () => first.promise)
  send(1)
  send(11)
  const drained = batcher.drain().then(() => fates.size)
  first.resolve({})
  await clock.settle()
  expect(sent()).toEqual([['o-0'], ids(1, 4), ids(5, 8), ids(9, 11)])
  expect(await drained).toBe(12)
})

test('send.buffer-bounded: bytes count too, and one message larger than the buffer still passes', async () => {
  const { add, batcher, ids: sent, clock } = outbox(new FakeDriver(), { messages: 100, bytes: 100 })
  for (const bytes of [60, 60, 500, 1]) add(bytes)
  batcher.go()
  await clock.settle()
  expect(sent()).toEqual([['o-0'], ['o-1'], ['o-2'], ['o-3']])
})

test('send.buffer-bounded: an abandoned message leaves wherever it is; in flight it is unknown', async () => {
  const {
    driver,
    batcher,
    send,
    messages,
    clock,
    fates,
    errors,
    ids: sent,
  } = outbox(new FakeDriver(), { messages: 3, bytes: 1000 })
  const first = Promise.withResolvers<BatchResult>()
  answers(driver, () => first.promise)
  send(1)
  send(5)
  for (const index of [0, 1, 4]) batcher.abandon(messages.at(index)!)
  for (const index of [0, 1, 4]) batcher.abandon(messages.at(index)!)
  expect([...fates]).toEqual([
    [0, 'unknown'],
    [1, 'not-sent'],
    [4, 'not-sent'],
  ])
  expect(errors.every((error) => MqError.is(error, 'MQ_ABORTED'))).toBe(true)
  first.resolve({})
  await clock.settle()
  expect(sent().flat()).toEqual(['o-0', 'o-2', 'o-3', 'o-5'])
  await batcher.drain()
})

test('send.close-flushes, close.exits: stop fails all that is left, in flight as unknown, and leaves no timer', async () => {
  const { driver, batcher, send, clock, fates, errors, messages } = outbox(new FakeDriver(), {
    messages: 3,
    bytes: 1000,
  })
  const late = Promise.withResolvers<BatchResult>()
  answers(driver, () => late.promise)
  send(1)
  send(4)
  batcher.abandon(messages.at(4)!)
  let isDrained = false
  void batcher.drain().then(() => (isDrained = true))
  batcher.stop(closed)
  expect([...fates].toSorted()).toEqual([
    [0, 'unknown'],
    [1, 'not-sent'],
    [2, 'not-sent'],
    [3, 'not-sent'],
    [4, 'not-sent'],
  ])
  expect(errors.filter((error) => error === closed)).toHaveLength(4)
  expect(clock.timers).toBe(0)
  late.reject(new FakeError())
  await clock.settle()
  expect([clock.timers, isDrained]).toEqual([0, true])
})

test('close.exits: stop during the pause before a retry leaves no timer, and a late reconnect none either', async () => {
  const { driver, batcher, send, clock, fates } = outbox()
  driver.answer = () => Promise.reject(new FakeError())
  send(2)
  await clock.settle()
  batcher.stop(closed)
  batcher.lost(gone)
  batcher.up(new FakeDriver())
  expect([...fates.values(), clock.timers]).toEqual(['not-sent', 'not-sent', 0])
})

test('a driver that throws instead of rejecting fails the batch like any other', async () => {
  const { driver, send, clock, fates } = outbox()
  driver.send = () => {
    throw new FakeError({ retryable: false })
  }
  send(1)
  await clock.settle()
  expect([...fates]).toEqual([[0, 'not-sent']])
})
