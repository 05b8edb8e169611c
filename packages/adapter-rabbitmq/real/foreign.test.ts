import { Buffer } from 'node:buffer'
import { rabbitmq } from '@anymq/adapter-rabbitmq'
import {
  createBroker,
  group,
  queue,
  silentLogger,
  text,
  topic,
  type Broker,
  type Definition,
  type Message,
} from '@anymq/core'
import { startBroker, type TestBroker } from '@anymq/test-brokers'
import { connect, type Channel, type ChannelModel, type ConsumeMessage } from 'amqplib'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { freshName, until } from './harness.ts'

const notes = queue('notes', { codec: text })
const placed = topic('placed', { codec: text })
const audit = group(placed, 'audit')

let server: TestBroker
let model: ChannelModel
let channel: Channel
const brokers: Broker[] = []

beforeAll(async () => {
  server = await startBroker('rabbitmq')
  model = await connect(server.url)
  channel = await model.createChannel()
})
afterEach(async () => {
  await Promise.all(brokers.splice(0).map((broker) => broker.close({ timeout: '2s' })))
})
afterAll(async () => {
  await model.close()
  await server.stop()
})

/** AnyMQ beside a plain client; everything is below `namespace`. */
async function world(...definitions: Definition[]): Promise<{ broker: Broker; namespace: string }> {
  const namespace = freshName()
  const broker = await createBroker(rabbitmq({ url: server.url }), { definitions, namespace, logger: silentLogger })
  brokers.push(broker)
  return { broker, namespace }
}

/** What AnyMQ's consumer makes of a plain client's message. */
async function received(publish: (address: string) => void): Promise<Message<string>> {
  const { broker, namespace } = await world(notes)
  publish(`${namespace}.notes`)
  const [message] = await broker.consumer(notes).receive({ wait: '5s' })
  await message!.ack()
  return message!
}

/** What a plain client gets of AnyMQ's message. */
async function taken(address: string): Promise<ConsumeMessage> {
  const got: ConsumeMessage[] = []
  const { consumerTag } = await channel.consume(address, (message) => void (message && got.push(message)))
  await until(
    () => got.length === 1,
    () => `nothing came to ${address}`,
  )
  channel.ack(got[0]!)
  await channel.cancel(consumerTag)
  return got[0]!
}

test('wire.native-properties: a plain producer with a table of odd types is readable, and nothing of it is lost', async () => {
  const message = await received((address) =>
    channel.sendToQueue(address, Buffer.from('héllo'), {
      messageId: 'order-7',
      type: 'order.placed',
      contentType: 'text/plain',
      timestamp: 1_700_000_000,
      headers: {
        Tenant: 'ü',
        count: 42,
        ratio: 0.5,
        big: { '!': 'int64', value: 9007199254740991 },
        yes: true,
        nothing: null,
        raw: Buffer.from('bytes'),
        list: [1, 'two', [false]],
        table: { inner: { deep: 'x' } },
        when: { '!': 'timestamp', value: 1_700_000_000 },
        price: { '!': 'decimal', value: { digits: 1999, places: 2 } },
        'x-death': 'a stranger wrote it',
        'anymq-unknown': 'kept for the library',
      },
    }),
  )
  expect(message).toMatchObject({
    id: 'order-7',
    idSource: 'producer',
    type: 'order.placed',
    body: 'héllo',
    attempt: 1,
  })
  expect(message.sentAt).toEqual(new Date(1_700_000_000_000))
  expect(message.headers).toEqual({
    tenant: 'ü',
    count: '42',
    ratio: '0.5',
    big: '9007199254740991',
    yes: 'true',
    nothing: 'null',
    raw: 'bytes',
    list: '[1,"two",[false]]',
    table: '{"inner":{"deep":"x"}}',
    when: '{"!":"timestamp","value":1700000000}',
    price: '{"!":"decimal","value":{"places":2,"digits":1999}}',
  })
})

test.each([
  ['nothing at all', {}],
  ['an empty id', { messageId: '' }],
])('wire.native-properties: a message with %s gets an id of this delivery', async (_, properties) => {
  const message = await received((address) => channel.sendToQueue(address, Buffer.from('x'), properties))
  expect(message).toMatchObject({ idSource: 'delivery', type: undefined, headers: {}, body: 'x', attempt: 1 })
  expect(message.id).not.toBe('')
})

test('wire.native-properties: a plain consumer finds id, type, content type, time and headers where AMQP has them', async () => {
  const { broker, namespace } = await world(notes)
  const before = Math.floor(Date.now() / 1000)
  await broker.producer(notes).send('héllo', { id: 'n-1', type: 'note.written', headers: { tenant: 'é' } })
  const { content, properties } = await taken(`${namespace}.notes`)
  expect(content.toString()).toBe('héllo')
  expect(properties).toMatchObject({ messageId: 'n-1', type: 'note.written', deliveryMode: 2 })
  expect(properties.contentType).toContain('text/plain')
  expect(properties.timestamp).toBeGreaterThanOrEqual(before)
  expect(properties.timestamp).toBeLessThanOrEqual(before + 10)
  expect(properties.headers).toMatchObject({ tenant: 'é', 'anymq-v': '1' })
  expect(Object.values(properties.headers!).every((value) => typeof value === 'string')).toBe(true)
})

test('group.open: a plain queue bound to the exchange gets what the groups get, by its type as routing key', async () => {
  const { broker, namespace } = await world(placed, audit)
  const { queue: own } = await channel.assertQueue('', { exclusive: true })
  await channel.bindQueue(own, `${namespace}.placed`, 'order.#')
  await broker.producer(placed).send('other', { type: 'invoice.sent' })
  await broker.producer(placed).send('mine', { type: 'order.placed' })
  const { content, fields } = await taken(own)
  expect([content.toString(), fields.routingKey]).toEqual(['mine', 'order.placed'])
  const bodies: string[] = []
  while (bodies.length < 2)
    for (const message of await broker.consumer(audit).receive({ max: 2, wait: '5s' })) {
      bodies.push(message.body)
      await message.ack()
    }
  expect(bodies).toEqual(['other', 'mine'])
})
