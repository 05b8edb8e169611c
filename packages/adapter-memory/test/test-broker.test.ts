import { setTimeout as realTime } from 'node:timers/promises'
import {
  DeadLetter,
  fixed,
  group,
  gzip,
  handle,
  handleBatch,
  json,
  queue,
  topic,
  type as typed,
  type MqError,
} from '@anymq/core'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { testBroker, type TestBrokerOptions } from '../src/testing.ts'

interface Order {
  readonly id: string
  readonly customer: string
  readonly total: number
}
const orders = queue('orders', { schema: typed<Order>(), retry: { attempts: 3, backoff: fixed('10s') } })
const mails = queue('mails', { schema: typed<{ to: string }>() })
const order = (n: number): Order => ({ id: `o-${n}`, customer: `c-${n}`, total: n })

/** The handler under test. */
const onOrder = handle(orders, async (message) => {
  if (message.body.total < 0) throw new Error('no such total')
  if (message.body.total === 0) throw new DeadLetter('nothing to pay')
  await message.send(mails, { to: message.body.customer }, { headers: { order: message.id } })
})

test('a handler tested in ten lines', async () => {
  await using t = await testBroker({ definitions: [mails], handlers: [onOrder] })
  await t.broker.send(orders, order(1), { id: 'o-1' })
  await t.waitFor(orders, (m) => m.body.id === 'o-1', 'acked')
  expect(t.sent(mails)).toMatchObject([{ body: { to: 'c-1' }, headers: { order: 'o-1' } }])
  await t.broker.send(orders, order(0))
  expect(await t.waitFor(orders, (m) => m.body.total === 0, 'dead')).toMatchObject({ reason: 'rejected' })
})

test('waitFor lets time pass through retries, and says why a message is dead', async () => {
  await using t = await testBroker({ definitions: [mails], handlers: [onOrder] })
  const start = t.clock.now()
  await t.broker.send(orders, order(-1), { id: 'o-1' })
  expect(await t.waitFor(orders, ({ id }) => id === 'o-1', 'dead')).toMatchObject({
    id: 'o-1',
    body: order(-1),
    reason: 'attempts',
    error: 'Error: no such total',
  })
  expect(t.clock.now() - start).toBeGreaterThanOrEqual(20_000)
  expect(t.clock.now() - start).toBeLessThan(20_200)
  expect(await t.broker.deadLetters(orders).count()).toBe(1)
  expect(t.sent(mails)).toEqual([])
})

test('waitFor finds what has ended before, and the first that fits', async () => {
  await using t = await testBroker({ definitions: [mails], handlers: [onOrder] })
  for (const n of [1, 2, 3]) await t.broker.send(orders, order(n), { id: `o-${n}` })
  await t.idle()
  for (let time = 0; time < 2; time++)
    expect((await t.waitFor(orders, (m) => m.body.total > 1, 'acked')).id).toBe('o-2')
})

test('error.shape: waitFor gives up in virtual time and says what it saw', async () => {
  await using t = await testBroker({ definitions: [mails], handlers: [onOrder] })
  await t.broker.send(orders, order(1), { id: 'o-1' })
  await t.broker.send(orders, order(0), { id: 'o-2' })
  await t.broker.send(mails, { to: 'c-9' })
  const error = (await t.waitFor(orders, () => false, 'acked').catch((cause: unknown) => cause)) as MqError
  expect([error.code, error.message]).toEqual([
    'MQ_TIMEOUT',
    [
      'no message of "orders" that fits was acked within 15 minutes of virtual time.',
      '"orders": 2 ended, 0 ready, 0 leased, 0 delayed',
      '  o-1: acked',
      '  o-2: dead, nothing to pay',
    ].join('\n'),
  ])
})

test('idle waits for handlers that wait for real time, for the virtual clock, or for neither', async () => {
  const done: string[] = []
  const slow = handle(orders, async ({ body, id }) => {
    if (body.total === 1) await realTime(20)
    if (body.total === 2) await t.clock.advance(0)
    if (body.total === 3) await new Promise<void>((resolve) => t.clock.setTimer(resolve, 90_000))
    done.push(id)
  })
  await using t = await testBroker({ handlers: [slow] })
  for (const n of [1, 2, 3, 4]) await t.broker.send(orders, order(n), { id: `o-${n}` })
  await t.idle()
  expect(done.toSorted()).toEqual(['o-1', 'o-2', 'o-3', 'o-4'])
})

test('idle leaves what waits for its time; advance brings it', async () => {
  const later = queue('later', { schema: typed<number>(), delay: { max: '1d' } })
  const got: number[] = []
  await using t = await testBroker({ handlers: [handle(later, ({ body }) => void got.push(body))] })
  await t.broker.send(later, 1, { delay: '5m' })
  await t.idle()
  expect(got).toEqual([])
  await t.advance('5m')
  expect(got).toEqual([1])
})

test('error.shape: idle gives up on a handler that never ends, and close does not wait for it', async () => {
  const t = await testBroker({ handlers: [handle(orders, () => new Promise(() => undefined), { timeout: '1d' })] })
  await t.broker.send(orders, order(1))
  await expect(t.idle()).rejects.toMatchObject({
    code: 'MQ_TIMEOUT',
    message: expect.stringMatching(/^the handlers did not come to rest within 15 minutes.*\n.*1 leased/) as string,
  })
  await t.close()
  await t.close()
  expect(t.clock.timers).toBe(0)
}, 20_000)

test('batches, groups, keys, schemas that transform and packed bodies are seen as handlers see them', async () => {
  const Event = z.object({ at: z.iso.datetime().transform((text) => new Date(text)) })
  const events = topic('events', { schema: Event, codec: gzip(json), groups: ['audit'] })
  const audit = group(events, 'audit')
  const sizes: number[] = []
  await using t = await testBroker({
    handlers: [handleBatch(audit, (messages) => void sizes.push(messages.length), { max: 2, within: '1s' })],
  })
  for (const key of ['a', 'b', 'c'])
    await t.broker.send(events, { at: '2026-01-01T00:00:00Z' }, { key, type: 'tick', headers: { x: key } })
  await t.idle()
  expect(sizes).toEqual([2, 1])
  expect(t.sent(events).map(({ key, type, body, headers }) => [key, type, body.at, { ...headers }])).toEqual(
    ['a', 'b', 'c'].map((key) => [key, 'tick', new Date('2026-01-01'), { x: key }]),
  )
  expect((await t.waitFor(audit, ({ key }) => key === 'c', 'acked')).body.at).toEqual(new Date('2026-01-01'))
})

test('what a definition drops is dead, though nothing keeps it', async () => {
  const lossy = queue('lossy', { schema: typed<number>(), deadLetter: 'drop', retry: { attempts: 1 } })
  const fail = handle(lossy, () => {
    throw new Error('no')
  })
  await using t = await testBroker({ handlers: [fail] })
  await t.broker.send(lossy, 1, { id: 'l-1' })
  expect(await t.waitFor(lossy, () => true, 'dead')).toMatchObject({
    id: 'l-1',
    reason: 'attempts',
    error: 'Error: no',
  })
})

test('interceptors of the code under test run, inside the kit’s own', async () => {
  const seen: string[] = []
  await using t = await testBroker({
    definitions: [mails],
    handlers: [onOrder],
    interceptors: [{ name: 'mine', process: (next, source) => (message) => (seen.push(source), next(message)) }],
  })
  await t.broker.send(orders, order(1))
  await t.idle()
  expect(seen).toEqual(['orders'])
})

test.for<[string, unknown, RegExp]>([
  ['no object', null, /give an object \{ definitions, handlers \}/],
  [
    'an unknown field',
    { handler: [] },
    /handler is an unknown field; the fields are definitions, handlers, interceptors, logger/,
  ],
  [
    'no array of handlers',
    { handlers: onOrder },
    /handlers is no array of what handle\(\) and handleBatch\(\) returned/,
  ],
  [
    'what is no handler',
    { definitions: [mails], handlers: [{ source: mails }] },
    /handlers\[0\]: is an object; give handle/,
  ],
  ['what is no definition', { definitions: [{}] }, /definitions: is an array of 1; give an array of what queue\(\)/],
  ['definitions that are none', { definitions: ['orders'] }, /definitions is no array of what queue\(\), topic\(\)/],
])('error.shape: testBroker refuses %s', async ([, options, sentence]) => {
  const error = (await testBroker(options as TestBrokerOptions).catch((cause: unknown) => cause)) as MqError
  expect([error.code, error.message]).toEqual(['MQ_CONFIG', expect.stringMatching(sentence)])
})

test('error.shape: sent and waitFor refuse what is not listed and what makes no sense', async () => {
  await using t = await testBroker({ definitions: [orders] })
  expect(() => t.sent(mails)).toThrow(expect.objectContaining({ code: 'MQ_CONFIG' }))
  await expect(t.waitFor(mails, () => true, 'acked')).rejects.toThrow(/no queue or group of its definitions/)
  await expect(t.waitFor(orders, 'o-1' as never, 'acked')).rejects.toThrow(/second argument is no function/)
  await expect(t.waitFor(orders, () => true, 'done' as never)).rejects.toThrow(/give 'acked' or 'dead'/)
})
