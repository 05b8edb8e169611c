import { bytes, group, MqError, queue, type SendError, text, topic, type } from '@anymq/core'
import { expect, test } from 'vitest'
import { memoryServer } from '../src/index.ts'
import { eventsOf, finish, world } from './world.ts'

interface Order {
  readonly id: string
  readonly total?: number
}

const orders = queue('orders', { schema: type<Order>() })

test('send.confirmed, send.id: resolves with a UUIDv7, or with the id that was given', async () => {
  const { broker, server } = world([orders])
  const producer = (await broker()).producer(orders)
  expect(await producer.send({ id: 'a' })).toMatch(
    /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  )
  expect(await producer.send({ id: 'b' }, { id: 'o-1' })).toBe('o-1')
  expect(server.messages).toBe(2)
})

test('send.shared-batches: what is sent while a batch is in flight travels together, in order', async () => {
  const { broker } = world([orders])
  const b = await broker()
  const producer = b.producer(orders)
  const ids = await Promise.all(
    Array.from({ length: 500 }, (_, i) => producer.send({ id: String(i) }, { id: `o-${i}` })),
  )
  expect(ids).toEqual(Array.from({ length: 500 }, (_, i) => `o-${i}`))
  const received = await b.consumer(orders).receive({ max: 500 })
  expect(received.map((message) => message.id)).toEqual(ids)
})

test('send.batch-per-item, define.max-body: an item that is not allowed fails alone, and an empty batch is a no-op', async () => {
  const small = queue('small', { schema: type<string>(), maxBody: 20 })
  const { broker, server } = world([small])
  const producer = (await broker()).producer(small)
  const error = await producer
    .sendBatch([
      { body: 'one', id: 'a' },
      { body: 'x'.repeat(50), id: 'b' },
      { body: 'three', id: 'c' },
    ])
    .catch((cause: unknown) => cause)
  expect(MqError.is(error, 'MQ_SEND')).toBe(true)
  const { sent, failed, outcome } = error as SendError
  expect(sent).toEqual(['a', 'c'])
  expect(failed.map(({ index, id, outcome: of, error: why }) => [index, id, of, why.code])).toEqual([
    [1, 'b', 'not-sent', 'MQ_TOO_LARGE'],
  ])
  expect(outcome).toBe('not-sent')
  expect(failed[0]!.error.message).toMatch(/52 bytes; 20 are allowed/)
  expect(await producer.sendBatch([])).toEqual([])
  expect(server.messages).toBe(2)
})

test('send.snapshot: a later change to the body changes nothing', async () => {
  const raw = queue('raw', { codec: bytes, schema: type<Uint8Array>() })
  const { broker } = world([orders, raw])
  const b = await broker()
  const order = { id: 'a', total: 1 }
  const body = Uint8Array.of(1, 2, 3)
  const sending = [b.producer(orders).send(order), b.producer(raw).send(body)]
  order.total = 2
  body.fill(9)
  await Promise.all(sending)
  expect((await b.consumer(orders).receive())[0]!.body).toEqual({ id: 'a', total: 1 })
  expect([...(await b.consumer(raw).receive())[0]!.body]).toEqual([1, 2, 3])
})

test.for<[string, unknown, RegExp]>([
  ['NaN', { total: Number.NaN }, /body\.total is NaN and would arrive as null/],
  ['a Map', { tags: new Map([['a', 1]]) }, /body\.tags is an instance of Map/],
  ['a Date', { at: new Date(0) }, /body\.at is an instance of Date/],
  [
    'a class instance',
    {
      deep: [
        {
          who: new (class Customer {
            name = 'x'
          })(),
        },
      ],
    },
    /body\.deep\[0\]\.who is an instance of Customer/,
  ],
  ['toJSON', { toJSON: () => 1 }, /toJSON|arrive/],
])('send.round-trip: %s is caught before it is sent', async ([, body, message]) => {
  const loose = queue('loose', { schema: type<object>() })
  const { broker, server } = world([loose])
  const producer = (await broker()).producer(loose)
  await expect(producer.send(body as object)).rejects.toThrow(message)
  expect(server.messages).toBe(0)
})

test('send.round-trip: an undefined property is no change, and `never` switches the check off', async () => {
  const loose = queue('loose', { schema: type<object>() })
  const { broker } = world([loose])
  const b = await broker()
  await b.producer(loose).send({ a: undefined, b: -0 })
  await b.producer(loose, { checkBodies: 'never' }).send({ total: Number.NaN })
})

test('send.retry-same-id, send.not-sent-or-unknown: a full broker is waited for, then the send is `not-sent`', async () => {
  const { broker, clock, events, server } = world([orders], memoryServer({ maxMessages: 1 }))
  const b = await broker()
  await b.producer(orders).send({ id: 'a' })
  const waiting = b.producer(orders).send({ id: 'b' }, { id: 'o-2' })
  const failing = b
    .producer(orders)
    .send({ id: 'c' }, { id: 'o-3', timeout: '2s' })
    .catch((error: unknown) => error)
  await clock.advance('1s')
  expect(eventsOf(events, 'send-retry').length).toBeGreaterThan(1)
  const error = await finish(clock, failing)
  expect(MqError.is(error, 'MQ_SEND') && [error.outcome, error.failed[0]?.id]).toEqual(['not-sent', 'o-3'])
  const [first] = await b.consumer(orders).receive()
  await first!.ack()
  expect(await finish(clock, waiting)).toBe('o-2')
  expect(server.messages).toBe(1)
})

test('send.buffer-bounded: a full buffer makes send wait, and honours the signal', async () => {
  const { broker, clock } = world([orders], memoryServer({ maxMessages: 1 }))
  const b = await broker()
  const producer = b.producer(orders, { buffer: { messages: 1 } })
  await producer.send({ id: 'a' })
  const inBuffer = producer.send({ id: 'b' }, { id: 'o-b' })
  const stop = new AbortController()
  const outside = producer.send({ id: 'c' }, { id: 'o-c', signal: stop.signal }).catch((error: unknown) => error)
  const behind = producer.send({ id: 'd' }, { id: 'o-d' })
  await clock.advance('100ms')
  stop.abort()
  expect(await outside).toMatchObject({ code: 'MQ_SEND', outcome: 'not-sent', cause: { code: 'MQ_ABORTED' } })
  const consumer = b.consumer(orders)
  for (const expected of [undefined, 'o-b', 'o-d']) {
    const [message] = await finish(clock, consumer.receive())
    if (expected !== undefined) expect(message!.id).toBe(expected)
    await message!.ack()
  }
  expect(await Promise.all([inBuffer, behind])).toEqual(['o-b', 'o-d'])
})

test('send.close-flushes: close fails loudly what the broker did not take by its deadline', async () => {
  const { broker, clock } = world([orders], memoryServer({ maxMessages: 1 }))
  const producer = (await broker()).producer(orders)
  await producer.send({ id: 'a' })
  const stuck = producer.send({ id: 'b' }, { timeout: '1h' }).catch((error: unknown) => error)
  await finish(clock, producer.close({ timeout: '3s' }))
  expect(await stuck).toMatchObject({ code: 'MQ_SEND', cause: { code: 'MQ_CLOSED' } })
  await expect(producer.send({ id: 'c' })).rejects.toMatchObject({ code: 'MQ_CLOSED' })
})

test('send.no-group-yet: a topic without groups accepts, and says so once', async () => {
  const placed = topic('placed', { schema: type<Order>() })
  const { broker, events, server } = world([placed])
  const producer = (await broker()).producer(placed)
  await producer.send({ id: 'a' })
  await producer.sendBatch([{ body: { id: 'b' } }, { body: { id: 'c' } }])
  expect(eventsOf(events, 'no-groups')).toEqual([{ event: 'no-groups', destination: 'placed' }])
  expect(server.messages).toBe(0)
})

test('wire.headers: what travels is the naked body and the documented headers', async () => {
  const lines = queue('lines', { codec: text })
  const { broker, clock } = world([lines])
  const b = await broker()
  await b.producer(lines).send('größe', { id: 'l-1', key: 'k', type: 'line.read', headers: { 'x-tenant': 'é' } })
  const [first] = await b.consumer(lines).receive()
  expect(first).toMatchObject({
    id: 'l-1',
    idSource: 'producer',
    key: 'k',
    type: 'line.read',
    body: 'größe',
    attempt: 1,
    redriven: 0,
    source: 'lines',
  })
  expect({ ...first!.headers }).toEqual({ 'x-tenant': 'é' })
  expect(first!.sentAt.getTime()).toBe(clock.now())
  await b.producer(lines).send('next', { causedBy: first! })
  const [second] = await b.consumer(lines).receive()
  expect({ ...second!.headers }).toEqual({})
})

test.for<[string, object, RegExp]>([
  ['id', { id: 'has space' }, /id: is "has space"; give 1 to 128 printable ASCII/],
  ['id', { id: 'x'.repeat(129) }, /id: is/],
  ['key', { key: '' }, /key: is "".*1 to 256 bytes/],
  ['type', { type: 'a b' }, /type: is/],
  ['headers', { headers: { 'anymq-id': 'x' } }, /headers\["anymq-id"\]: is kept for the library/],
  ['headers', { headers: { __proto__: null, Upper: 'x' } }, /headers\["Upper"\]: is no allowed name/],
  ['headers', { headers: { a: 'x\r\ny' } }, /control character/],
  ['headers', { headers: { a: 1 } }, /is number; give text/],
  ['headers', { headers: { a: 'x'.repeat(1025) } }, /has 1025 bytes; 1024 are allowed/],
  ['priority', { priority: 'vip' }, /has no levels; add priority/],
  ['delay', { delay: '5s' }, /allows no delay; add delay/],
  ['at', { at: new Date(0) }, /allows no delay/],
  ['dedupeId', { dedupeId: 'x' }, /does not deduplicate; add dedupe/],
  ['unknown', { prioritty: 'x' }, /prioritty: is an unknown option; the options are id, key/],
])(
  'wire.user-headers, wire.type, name.id, name.key: a bad %s is refused before the wire',
  async ([, options, message]) => {
    const { broker, server } = world([orders])
    const producer = (await broker()).producer(orders)
    await expect(producer.send({ id: 'a' }, options)).rejects.toMatchObject({
      code: 'MQ_INVALID',
      message: expect.stringMatching(message) as string,
    })
    expect(server.messages).toBe(0)
  },
)

test('group.every-message: each group gets its own copy with the same id', async () => {
  const placed = topic('placed', { schema: type<Order>(), groups: ['payment', 'stock'] })
  const payment = group(placed, 'payment')
  const stock = group(placed, 'stock')
  const { broker } = world([placed, payment, stock])
  const b = await broker()
  await b.producer(placed).send({ id: 'a' }, { id: 'o-1' })
  for (const source of [payment, stock]) {
    const [message] = await b.consumer(source).receive()
    expect([message!.id, message!.body]).toEqual(['o-1', { id: 'a' }])
  }
})

test('group.listed: a listed group misses nothing, though no process has consumed it yet', async () => {
  const placed = topic('placed', { schema: type<Order>(), groups: ['payment', 'later'] })
  const { broker, server } = world([placed])
  await (await broker()).producer(placed).send({ id: 'a' })
  expect(server.messages).toBe(2)
})
