import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { startBroker, type TestBroker } from '@anymq/test-brokers'
import { connect, type Channel, type ChannelModel, type ConsumeMessage, type Options } from 'amqplib'

export { wait }

/** Run an experiment on each version, on a broker of its own, and leave nothing behind. `--only 4.3` takes one. */
export async function lab(title: string, experiment: (broker: TestBroker) => Promise<void>): Promise<void> {
  console.log(`# ${title} (Node ${process.version}, amqplib 2.3.1)`)
  const only = process.argv[process.argv.indexOf('--only') + 1]
  for (const version of ['4.3', '3.10'] as const) {
    if (process.argv.includes('--only') && version !== only) continue
    await using broker = await startBroker(`rabbitmq@${version}`, { own: true })
    console.log(`\n## ${broker.product} ${broker.version}`)
    await experiment(broker)
  }
}

/** A connection whose end is no error here: experiments end connections. */
export async function connected(url: string, heartbeat = 10): Promise<ChannelModel> {
  const model = await connect(`${url}?heartbeat=${heartbeat}`, { noDelay: true, timeout: 10_000 })
  model.on('error', ignore)
  return model
}

/** Close, unless it is gone already: then amqplib never answers. */
export async function closed(model: ChannelModel): Promise<void> {
  await Promise.race([model.close().catch(ignore), wait(500)])
}

/** A channel whose end is no error here. */
export async function channelOf(model: ChannelModel): Promise<Channel> {
  const channel = await model.createChannel()
  channel.on('error', ignore)
  return channel
}

/** Declare a quorum queue with a name that no other run uses. */
export async function quorumQueue(model: ChannelModel, more: Record<string, unknown> = {}): Promise<string> {
  const channel = await channelOf(model)
  const name = `spike-${randomUUID().slice(0, 8)}`
  const queueArguments = { 'x-queue-type': 'quorum', 'x-delivery-limit': 1000, ...more }
  await channel.assertQueue(name, { durable: true, arguments: queueArguments })
  await channel.close()
  return name
}

/** Publish numbered messages, `from` to `to`, and wait for their confirms. */
export async function fill(model: ChannelModel, queue: string, from: number, to: number, bytes = 0): Promise<void> {
  const channel = await model.createConfirmChannel()
  const padding = 'x'.repeat(bytes)
  for (let n = from; n <= to; n++) {
    channel.sendToQueue(queue, Buffer.from(padding), { persistent: true, messageId: String(n) })
    if (n % 1000 === 0) await channel.waitForConfirms()
  }
  await channel.waitForConfirms()
  await channel.close()
}

/** One consumer on a channel of its own, which keeps what came. */
export interface Taker {
  readonly channel: Channel
  readonly consumerTag: string
  readonly got: ConsumeMessage[]
  /** Wait for so many; throws after 20 s. */
  readonly until: (count: number) => Promise<ConsumeMessage[]>
}

export async function taker(
  model: ChannelModel,
  queue: string,
  prefetch: number,
  options: Options.Consume = {},
): Promise<Taker> {
  const channel = await channelOf(model)
  await channel.prefetch(prefetch, false)
  const got: ConsumeMessage[] = []
  const { consumerTag } = await channel.consume(queue, (message) => void (message && got.push(message)), options)
  const until = async (count: number): Promise<ConsumeMessage[]> => {
    await eventually(() => got.length >= count, `${count} messages`)
    return got
  }
  return { channel, consumerTag, got, until }
}

/** `1 2 3R`: the numbers as they came; R: the broker says that it was delivered before. */
export function sequence(messages: readonly ConsumeMessage[]): string {
  return messages.map(({ fields, properties }) => `${properties.messageId}${fields.redelivered ? 'R' : ''}`).join(' ')
}

/** Wait until something holds; throws after 20 s. */
export async function eventually(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const end = performance.now() + 20_000
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`no ${what} in 20 s`)
    await wait(1)
  }
}

/** Wait until nothing more came for so long. */
export async function quiet(got: readonly unknown[], milliseconds = 300): Promise<void> {
  for (let before = -1; before !== got.length;) {
    before = got.length
    await wait(milliseconds)
  }
}

function ignore(): void {
  // The call that caused it rejects.
}
