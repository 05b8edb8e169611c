import { GetQueueUrlCommand, ReceiveMessageCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs'
import { bytes, createBroker, MqError, queue, silentLogger, text, type Broker, type Definition } from '@anymq/core'
import { startBroker, type TestBroker } from '@anymq/test-brokers'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { fromUrl } from '../src/index.ts'

const notes = queue('notes', { codec: text, lease: '2s' })
const blobs = queue('blobs', { codec: bytes })

let server: TestBroker
const brokers: Broker<SQSClient>[] = []
beforeAll(async () => {
  server = await startBroker('sqs')
})
afterAll(() => server.stop())
afterEach(async () => {
  await Promise.all(brokers.splice(0).map((broker) => broker.close({ timeout: '2s' })))
})

/** Names of its own for each test; polls are short, so that a close is. */
async function open(namespace: string, ...definitions: Definition[]): Promise<Broker<SQSClient>> {
  const broker = await createBroker(fromUrl(new URL(`${server.url}&wait=1`)), {
    definitions,
    namespace,
    logger: silentLogger,
    timeout: '10s',
  })
  brokers.push(broker)
  return broker
}

function freshNamespace(): string {
  return `t-${randomUUID().slice(0, 8)}`
}

async function urlOf(client: SQSClient, QueueName: string): Promise<string> {
  const { QueueUrl = '' } = await client.send(new GetQueueUrlCommand({ QueueName }))
  return QueueUrl
}

test('wire.naked-body, wire.headers: any client reads the text of a message and its headers', async () => {
  const space = freshNamespace()
  const broker = await open(space, notes)
  const { native } = broker
  await broker.producer(notes).send('hello', { id: 'n-1', type: 'greeting', headers: { tenant: 'é' } })
  const { Messages = [] } = await native.send(
    new ReceiveMessageCommand({
      QueueUrl: await urlOf(native, `${space}--notes`),
      MessageAttributeNames: ['All'],
      WaitTimeSeconds: 1,
    }),
  )
  expect(Messages[0]!.Body).toBe('hello')
  expect(JSON.parse(Messages[0]!.MessageAttributes!['anymq-headers']!.StringValue!)).toMatchObject({
    'anymq-id': 'n-1',
    'anymq-type': 'greeting',
    tenant: 'é',
  })
})

test('dead.foreign: a message of a plain client is readable, and has the id that the service gave it', async () => {
  const space = freshNamespace()
  const broker = await open(space, notes)
  const { MessageId } = await broker.native.send(
    new SendMessageCommand({
      QueueUrl: await urlOf(broker.native, `${space}--notes`),
      MessageBody: 'from elsewhere',
      MessageAttributes: { Tenant: { DataType: 'String', StringValue: 'acme' } },
    }),
  )
  const [message] = await broker.consumer(notes).receive({ wait: '5s' })
  expect({ ...message!.headers }).toEqual({ tenant: 'acme' })
  expect([message!.id, message!.idSource, message!.body]).toEqual([MessageId, 'broker', 'from elsewhere'])
  await message!.ack()
})

test('dead.bad-input: headers that are no JSON keep neither their message nor its neighbours from being read', async () => {
  const space = freshNamespace()
  const broker = await open(space, notes)
  const QueueUrl = await urlOf(broker.native, `${space}--notes`)
  for (const headers of ['{broken', '{"anymq-key":5}', 'null'])
    await broker.native.send(
      new SendMessageCommand({
        QueueUrl,
        MessageBody: headers,
        MessageAttributes: { 'anymq-headers': { DataType: 'String', StringValue: headers } },
      }),
    )
  const got: string[] = []
  broker.consumer(notes).subscribe(({ body, key }) => void got.push(`${body} ${key}`))
  await expect.poll(() => got.length, { timeout: 20_000 }).toBe(3)
  expect(got.toSorted()).toEqual(['null undefined', '{"anymq-key":5} undefined', '{broken undefined'])
})

test('send.round-trip: bytes that are no text come back as they were sent', async () => {
  const broker = await open(freshNamespace(), blobs)
  const sent = [
    new Uint8Array(0),
    Uint8Array.of(0),
    Uint8Array.of(0xff, 0xfe),
    Uint8Array.from({ length: 256 }, (_, n) => n),
  ]
  await broker.producer(blobs).sendBatch(sent.map((body, index) => ({ body, id: `b-${index}` })))
  const got = new Map<string, number[]>()
  broker.consumer(blobs).subscribe(({ id, body }) => void got.set(id, [...body]))
  await expect.poll(() => got.size, { timeout: 20_000 }).toBe(sent.length)
  expect(sent.map((_, index) => got.get(`b-${index}`))).toEqual(sent.map((body) => [...body]))
})

test('settle.lease-lost: an acknowledgement after the visibility timeout is refused, and the message comes again', async () => {
  const broker = await open(freshNamespace(), notes)
  await broker.producer(notes).send('late', { id: 'n-1' })
  const [first] = await broker.consumer(notes).receive({ wait: '5s', hold: '30s' })
  // The process is as good as frozen: no request leaves it any more, and the lease runs out.
  const blocked = block(broker.native)
  await once(first!.signal, 'abort')
  blocked.end()
  const error: unknown = await first!.ack().catch((cause: unknown) => cause)
  expect(MqError.is(error, 'MQ_LEASE_LOST')).toBe(true)
  const [again] = await broker.consumer(notes).receive({ wait: '5s' })
  expect([again!.id, again!.attempt]).toEqual(['n-1', 1])
  await again!.ack()
})

test('life.connect-fails-fast, error.no-credentials: a server that is not there is told without the secret', async () => {
  const start = performance.now()
  const error: unknown = await createBroker(
    fromUrl(new URL('sqs://key:s3cret@us-east-1?endpoint=http://127.0.0.1:1')),
    { definitions: [notes], logger: silentLogger, timeout: '1s' },
  ).catch((cause: unknown) => cause)
  expect(performance.now() - start).toBeLessThan(5000)
  expect(MqError.is(error, 'MQ_CONNECTION')).toBe(true)
  expect(String((error as Error).stack)).not.toContain('s3cret')
})

/** Nothing leaves the client until `end`. */
function block(client: SQSClient): { end(): void } {
  let isBlocked = true
  client.middlewareStack.add((next) => (args) => (isBlocked ? Promise.reject(new Error('no way out')) : next(args)), {
    step: 'initialize',
    name: 'blocked',
  })
  return {
    end: () => {
      isBlocked = false
      client.middlewareStack.remove('blocked')
    },
  }
}
