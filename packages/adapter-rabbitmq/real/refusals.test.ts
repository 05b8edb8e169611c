import { fakeOutgoing, fakeTarget } from '@anymq/core/testing'
import { rabbitmq } from '@anymq/adapter-rabbitmq'
import {
  createBroker,
  queue,
  silentLogger,
  text,
  type Broker,
  type BrokerEvent,
  type BrokerOptions,
  type MqError,
} from '@anymq/core'
import { startBroker, type TestBroker } from '@anymq/test-brokers'
import { connect, type ChannelModel } from 'amqplib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connectTo, freshName } from './harness.ts'

const notes = queue('notes', { codec: text })

let server: TestBroker
let model: ChannelModel

beforeAll(async () => {
  server = await startBroker('rabbitmq')
  model = await connect(server.url)
})
afterAll(async () => {
  await model.close()
  await server.stop()
})

function open(namespace: string, own: Partial<BrokerOptions> & { readonly url?: string } = {}): Promise<Broker> {
  const { url = server.url, ...options } = own
  return createBroker(rabbitmq({ url }), { namespace, logger: silentLogger, ...options, definitions: [notes] })
}

/** The server's URL with another part. */
function urlWith(change: (url: URL) => void): string {
  const url = new URL(server.url)
  change(url)
  return url.href
}

async function refusal(promise: Promise<unknown>): Promise<{ readonly error: MqError; readonly ms: number }> {
  const start = performance.now()
  const error = await promise.then(
    () => expect.fail('it was not refused'),
    (thrown: unknown) => thrown as MqError,
  )
  return { error, ms: performance.now() - start }
}

/** Everything that an error tells, its causes included. */
function told(error: unknown): string {
  if (!(error instanceof Error)) return JSON.stringify(error) ?? ''
  return `${error.message} ${error.stack} ${JSON.stringify(error)} ${error.cause === undefined ? '' : told(error.cause)}`
}

async function deleteQueue(address: string): Promise<void> {
  const channel = await model.createChannel()
  await channel.deleteQueue(address)
  await channel.close()
}

test('send.unroutable: a queue that was deleted behind our back is an error where it may not be made again, not a success', async () => {
  const namespace = freshName()
  await (await open(namespace)).close()
  await using broker = await open(namespace, { provision: 'verify' })
  await broker.producer(notes).send('there')
  await deleteQueue(`${namespace}.notes`)
  const { error } = await refusal(broker.producer(notes).send('gone'))
  expect(error).toMatchObject({ code: 'MQ_SEND', outcome: 'not-sent' })
})

test('provision.redeclares: else it is declared again, that is said, and the message is in it', async () => {
  const namespace = freshName()
  const events: BrokerEvent[] = []
  await using broker = await open(namespace, { onEvent: (event) => events.push(event) })
  await broker.producer(notes).send('there')
  await deleteQueue(`${namespace}.notes`)
  await broker.producer(notes).send('again')
  const [message] = await broker.consumer(notes).receive({ wait: '10s' })
  expect(message!.body).toBe('again')
  await message!.ack()
  expect(events).toContainEqual({ event: 'redeclared', destination: 'notes', address: `${namespace}.notes` })
})

test('send.unroutable: among messages that arrive, exactly those that reach no queue are named', async () => {
  const driver = await connectTo({ url: server.url })
  const [here, gone] = [fakeTarget('queue', freshName()), fakeTarget('queue', freshName())]
  await driver.ensure(here, 'create')
  const [arrived, returned] = await Promise.all([
    driver.send(here, [fakeOutgoing('same'), fakeOutgoing('2')]),
    driver.send(gone, [fakeOutgoing('same'), fakeOutgoing('same'), fakeOutgoing('3')]),
  ])
  expect(arrived).toEqual({})
  expect(returned).toEqual({ unroutable: [0, 1, 2] })
  await driver.close()
})

test('send.unroutable: an exchange that is not there fails its own sends alone, and is found once it exists', async () => {
  const driver = await connectTo({ url: server.url })
  const [here, missing] = [fakeTarget('queue', freshName()), fakeTarget('topic', freshName())]
  await driver.ensure(here, 'create')
  const [arrived, refused] = await Promise.all([
    driver.send(here, [fakeOutgoing('1')]),
    driver.send(missing, [fakeOutgoing('2'), fakeOutgoing('3')]),
  ])
  expect(arrived).toEqual({})
  expect(refused.failed).toMatchObject([
    { index: 0, failure: { code: 'MQ_NOT_FOUND', retryable: false, outcome: 'unknown' } },
    { index: 1, failure: { code: 'MQ_NOT_FOUND', retryable: false, outcome: 'unknown' } },
  ])
  await driver.ensure(missing, 'create')
  expect(await driver.send(missing, [fakeOutgoing('4')])).toEqual({ unroutable: [0] })
  await driver.close()
})

test.each([
  ['x-delivery-limit', 7, "expected '1000', found '7'"],
  ['x-overflow', 'drop-head', "expected 'reject-publish', found 'drop-head'"],
  ['x-dead-letter-routing-key', 'elsewhere', "expected 'notes.dead', found 'elsewhere'"],
])('provision.mismatch: an existing queue with another %s is named with both values', async (argument, value, both) => {
  const driver = await connectTo({ url: server.url })
  const target = fakeTarget('queue', freshName(), { name: 'notes', dead: 'notes.dead' })
  const channel = await model.createChannel()
  await channel.assertQueue(target.address, {
    durable: true,
    arguments: {
      'x-queue-type': 'quorum',
      'x-delivery-limit': 1000,
      'x-dead-letter-exchange': '',
      'x-dead-letter-routing-key': 'notes.dead',
      'x-dead-letter-strategy': 'at-least-once',
      'x-overflow': 'reject-publish',
      [argument]: value,
    },
  })
  const { error } = await refusal(driver.ensure(target, 'create'))
  expect(error).toMatchObject({ code: 'MQ_MISMATCH', retryable: false })
  expect(error.message).toBe(`"notes" exists as ${target.address} with another ${argument}: ${both}`)
  await channel.deleteQueue(target.address)
  await channel.close()
  await driver.close()
})

test('provision.mismatch: through core, a classic queue under our name stops the start', async () => {
  const namespace = freshName()
  const channel = await model.createChannel()
  await channel.assertQueue(`${namespace}.notes`, { durable: true })
  const { error } = await refusal(open(namespace))
  expect(error).toMatchObject({ code: 'MQ_MISMATCH', retryable: false })
  expect(error.message).toMatch(/"notes" .*x-[a-z-]+: expected .+, found .+/)
  await channel.deleteQueue(`${namespace}.notes`)
  await channel.close()
})

test('life.connect-fails-fast: wrong credentials fail at once, and no error tells the password', async () => {
  const url = urlWith((own) => (own.password = 's3cr3t-word'))
  const { error, ms } = await refusal(open(freshName(), { url }))
  expect(error).toMatchObject({ code: 'MQ_DENIED', retryable: false })
  expect(ms).toBeLessThan(5000)
  expect(told(error)).not.toContain('s3cr3t-word')
})

test('life.connect-fails-fast: an unknown vhost fails at once and is named', async () => {
  const url = urlWith((own) => (own.pathname = '/nowhere'))
  const { error, ms } = await refusal(open(freshName(), { url }))
  expect(error).toMatchObject({ code: 'MQ_DENIED', retryable: false })
  expect(error.message).toContain('nowhere')
  expect(ms).toBeLessThan(5000)
})
