// What is "the ack was sent" worth when something dies, and what would a proof cost?
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { TestBroker } from '@anymq/test-brokers'
import type { ChannelModel } from 'amqplib'
import { closed, connected, fill, lab, quiet, quorumQueue, taker, wait, type Taker } from './lab.ts'
import { child } from '../shared/children.ts'
import { percentiles } from '../shared/percentiles.ts'

const WORKER = fileURLToPath(new URL('ack-worker.ts', import.meta.url))
const COUNT = 1000
const ROUNDS = 3

/** A round trip on the channel of the acks. The broker answers it after it has processed the acks, or not: that is the question. */
type Barrier = (held: Taker, queue: string) => Promise<unknown>

const BARRIERS: Readonly<Record<string, Barrier>> = {
  none: async () => undefined,
  'a turn of the event loop': () => wait(0),
  '1 ms': () => wait(1),
  '5 ms': () => wait(5),
  'queue.declare (passive)': ({ channel }, queue) => channel.checkQueue(queue),
  'basic.get': ({ channel }, queue) => channel.get(queue),
  'basic.cancel of the consumer': ({ channel, consumerTag }) => channel.cancel(consumerTag),
  'basic.consume of a second consumer': ({ channel }, queue) =>
    channel.consume(queue, () => undefined, { priority: -1 }),
}

const all = ({ channel }: Taker): void => channel.ackAll()
/** In one burst, so many frames that the channel keeps some back until the queue has answered the first ones. */
const oneByOne = ({ channel, got }: Taker): void => got.forEach((message) => channel.ack(message))

/** Name some to run only those. */
const PARTS: Readonly<Record<string, (broker: TestBroker) => Promise<void>>> = {
  client: clientDies,
  cut: connectionCut,
  broker: (broker) => brokerDies(broker, 'in one frame', all, Object.keys(BARRIERS)),
  burst: (broker) =>
    brokerDies(broker, 'in 1000 frames', oneByOne, ['5 ms', 'basic.get', 'basic.cancel of the consumer']),
  orderly: orderlyEnd,
  price: ({ url }) => price(url),
}

await lab('What "the ack was sent" is worth', async (broker) => {
  const asked = Object.keys(PARTS).filter((name) => process.argv.includes(name))
  for (const [name, part] of Object.entries(PARTS)) if (asked.length === 0 || asked.includes(name)) await part(broker)
})

/** The process is gone right after its call of ack. */
async function clientDies({ url }: TestBroker): Promise<void> {
  const model = await connected(url)
  for (const after of ['nothing', 'one turn', '5 ms']) {
    const again: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const queue = await quorumQueue(model)
      await fill(model, queue, 1, COUNT)
      const worker = await child(WORKER, url, queue, String(COUNT), after)
      await once(worker, 'exit')
      again.push(await comesAgain(model, queue))
    }
    console.log(`${COUNT} acked, then ${after}, then kill -9 of the client: ${again.join(', ')} come again`)
  }
  await closed(model)
}

/** The acks are written to a connection that nobody reads any more, or that is reset in the same moment. */
async function connectionCut(broker: TestBroker): Promise<void> {
  await using proxy = await broker.proxy()
  const model = await connected(broker.url)
  for (const way of ['half open, then cut', 'cut at once', 'cut after 5 ms'] as const) {
    const again: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const queue = await quorumQueue(model)
      await fill(model, queue, 1, COUNT)
      const through = await connected(proxy.url)
      const held = await taker(through, queue, COUNT)
      await held.until(COUNT)
      if (way === 'half open, then cut') await proxy.halfOpen()
      held.channel.ackAll()
      if (way === 'half open, then cut') await wait(50)
      if (way === 'cut after 5 ms') await wait(5)
      await proxy.cut()
      await proxy.restore()
      again.push(await comesAgain(model, queue))
    }
    console.log(`${COUNT} acked, connection ${way}: ${again.join(', ')} come again`)
  }
  await closed(model)
}

/** The broker is killed right after the acks were written, or after a round trip behind them. */
async function brokerDies(
  broker: TestBroker,
  how: string,
  acknowledge: (held: Taker) => void,
  barriers: readonly string[],
): Promise<void> {
  for (const name of barriers) {
    const again: string[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const model = await connected(broker.url)
      const queue = await quorumQueue(model)
      await fill(model, queue, 1, COUNT)
      // Queues that are younger can be lost by a kill.
      await wait(2500)
      const held = await taker(model, queue, COUNT)
      await held.until(COUNT)
      acknowledge(held)
      await BARRIERS[name]!(held, queue)
      await broker.controls!.kill()
      await broker.controls!.start()
      const next = await connected(broker.url)
      again.push(String(await comesAgain(next, queue)))
      await closed(next)
    }
    console.log(`${COUNT} acked ${how}, then ${name}, then kill -9 of the broker: ${again.join(', ')} come again`)
  }
}

/** A burst of acks, and then an end that is planned. */
async function orderlyEnd({ url }: TestBroker): Promise<void> {
  const ends: Readonly<Record<string, (held: Taker, model: ChannelModel, queue: string) => Promise<unknown>>> = {
    'close of the channel': ({ channel }) => channel.close(),
    'cancel, close of the channel': ({ channel, consumerTag }) =>
      channel.cancel(consumerTag).then(() => channel.close()),
    'queue.declare (passive), close of the channel': ({ channel }, _, queue) =>
      channel.checkQueue(queue).then(() => channel.close()),
    'queue.declare (passive) twice, close of the channel': ({ channel }, _, queue) =>
      Promise.all([channel.checkQueue(queue), channel.checkQueue(queue)]).then(() => channel.close()),
    'basic.get, close of the channel': ({ channel }, _, queue) => channel.get(queue).then(() => channel.close()),
    '50 ms, close of the channel': ({ channel }) => wait(50).then(() => channel.close()),
    'close of the connection (acks on their way)': (_, model) => model.close(),
    'close of the connection (5 ms later)': (_, model) => wait(5).then(() => model.close()),
  }
  const watcher = await connected(url)
  for (const [name, end] of Object.entries(ends)) {
    const again: number[] = []
    for (let round = 0; round < 5; round++) {
      const queue = await quorumQueue(watcher)
      await fill(watcher, queue, 1, COUNT)
      const model = await connected(url)
      const held = await taker(model, queue, COUNT)
      await held.until(COUNT)
      oneByOne(held)
      await end(held, model, queue)
      again.push(await comesAgain(watcher, queue))
      await closed(model)
    }
    console.log(`${COUNT} acked in 1000 frames, then ${name}: ${again.join(', ')} come again`)
  }
  await closed(watcher)
}

/** All that a new consumer gets. */
async function comesAgain(model: ChannelModel, queue: string): Promise<number> {
  const next = await taker(model, queue, COUNT)
  await quiet(next.got, 700)
  const { length } = next.got
  next.channel.ackAll()
  await next.channel.deleteQueue(queue)
  await next.channel.close()
  return length
}

/** Latency of an ack with each barrier, one at a time: what a user would wait who awaits the ack. */
async function price(url: string): Promise<void> {
  const model = await connected(url)
  for (const name of ['queue.declare (passive)', 'basic.get', 'consume and cancel']) {
    const queue = await quorumQueue(model)
    await fill(model, queue, 1, 300)
    const held = await taker(model, queue, 300)
    await held.until(300)
    const other = await model.createChannel()
    const times: number[] = []
    for (const message of held.got.slice(0, 300)) {
      const start = performance.now()
      held.channel.ack(message)
      if (name === 'consume and cancel') {
        const { consumerTag } = await held.channel.consume(queue, () => undefined)
        await held.channel.cancel(consumerTag)
      } else await BARRIERS[name]!(held, queue)
      times.push(performance.now() - start)
    }
    console.log(`ack and ${name}: ${percentiles(times)}`)
    await other.close()
    await held.channel.close()
  }
  await closed(model)
}
