import { connect, type ChannelModel } from 'amqplib'
import {
  type BatchResult,
  type Driver,
  type DriverContext,
  type Ensured,
  type EnsureMode,
  type Failure,
  MqError,
  type OpenOptions,
  type Outgoing,
  type Sink,
  type Stats,
  type Target,
} from '@anymq/core/driver'
import { failureOf } from './failure.ts'
import { RabbitmqFeed, type Receipt } from './feed.ts'
import { manifestFor, type RabbitmqManifest } from './manifest.ts'
import type { RabbitmqOptions } from './rabbitmq.ts'
import { Sender } from './sender.ts'
import { ensure, onChannel } from './topology.ts'

/** amqplib's own objects: everything that this adapter does not offer can be done with them. */
export interface RabbitmqNative {
  readonly sending: ChannelModel
  readonly consuming: ChannelModel
}

const CONNECT_TIMEOUT = 10_000

/**
 * One connection epoch: one AMQP connection to send and one to consume, because a broker that is short of memory stops
 * reading from those that publish. When either ends, both do.
 */
export class Connection implements Driver<RabbitmqManifest, Receipt, RabbitmqNative> {
  readonly manifest: RabbitmqManifest
  readonly native: RabbitmqNative
  readonly #context: DriverContext
  readonly #senders = new Map<string, Sender>()
  readonly #feeds = new Set<RabbitmqFeed>()
  #isOpen = true

  static async open(options: RabbitmqOptions, context: DriverContext, signal: AbortSignal): Promise<Connection> {
    const [sending, consuming] = await bothOrNone([connected(options), connected(options)])
    const connection = new Connection({ sending, consuming }, context)
    if (!signal.aborted) return connection
    await connection.close()
    throw signal.reason
  }

  private constructor(native: RabbitmqNative, context: DriverContext) {
    this.native = native
    this.#context = context
    this.manifest = manifestFor(native.sending.connection.serverProperties.version)
    for (const model of [native.sending, native.consuming]) {
      model.on('error', (error) => this.#lost(error))
      model.on('close', (error) => this.#lost(error ?? new Error('the connection was closed')))
    }
    native.sending.on('blocked', (reason) => context.state('degraded', `RabbitMQ takes no messages: ${reason}`))
    native.sending.on('unblocked', () => context.state('up', ''))
  }

  async ensure(target: Target, mode: EnsureMode): Promise<Ensured<RabbitmqManifest>> {
    await ensure(this.native.consuming, target, mode)
    return {}
  }

  send(target: Target, batch: readonly Outgoing[]): Promise<BatchResult> {
    const place = `${target.kind} ${target.address}`
    let sender = this.#senders.get(place)
    if (sender === undefined) this.#senders.set(place, (sender = new Sender(this.native.sending, target)))
    return sender.send(batch)
  }

  async open(target: Target, options: OpenOptions, sink: Sink<Receipt>): Promise<RabbitmqFeed> {
    const channel = await this.native.consuming.createChannel()
    const feed = new RabbitmqFeed(channel, target.address, sink, this.#context)
    this.#feeds.add(feed)
    channel.on('close', () => this.#feeds.delete(feed))
    await feed.resize(options.window)
    return feed
  }

  async stats({ address }: Target): Promise<Stats> {
    const { messageCount } = await onChannel(this.native.consuming, undefined, (channel) => channel.checkQueue(address))
    return { ready: messageCount, leased: undefined, delayed: undefined, oldest: undefined }
  }

  async purge({ address }: Target): Promise<void> {
    await onChannel(this.native.consuming, undefined, (channel) => channel.purgeQueue(address))
  }

  async remove({ address, kind }: Target): Promise<void> {
    await onChannel(this.native.consuming, undefined, async (channel) => {
      if (kind === 'topic') await channel.deleteExchange(address)
      else await channel.deleteQueue(address)
    })
  }

  classify(error: unknown): Failure {
    return failureOf(error)
  }

  async close(): Promise<void> {
    this.#isOpen = false
    // amqplib lets the end of a connection overtake what was written to its channels, acknowledgements too.
    await Promise.all([...this.#feeds].map((feed) => feed.close().catch(ignore)))
    await Promise.all([this.native.sending.close().catch(ignore), this.native.consuming.close().catch(ignore)])
  }

  #lost(error: unknown): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#context.lost(error)
  }
}

/** `noDelay`: else each acknowledgement may wait for one of TCP's. */
async function connected({ url, heartbeat = 10 }: RabbitmqOptions): Promise<ChannelModel> {
  const withHeartbeat = new URL(url)
  withHeartbeat.searchParams.set('heartbeat', String(heartbeat))
  try {
    const model = await connect(withHeartbeat.href, { noDelay: true, timeout: CONNECT_TIMEOUT })
    // An error that nobody listens to would end the process; whoever uses the connection hears of its end as well.
    model.on('error', ignore)
    return model
  } catch (error) {
    throw refusedVhost(error, withHeartbeat) ?? error
  }
}

/** amqplib drops the reason that the broker gives. */
function refusedVhost(error: unknown, { pathname }: URL): MqError | undefined {
  if (!(error instanceof Error && /Expected ConnectionOpenOk; got <ConnectionClose/.test(error.message)))
    return undefined
  const vhost = decodeURIComponent(pathname.slice(1)) || '/'
  const message = `RabbitMQ refused the vhost "${vhost}": it does not exist, or this user may not use it`
  return new MqError('MQ_DENIED', message, { adapter: 'rabbitmq', cause: error })
}

async function bothOrNone(
  opening: readonly [Promise<ChannelModel>, Promise<ChannelModel>],
): Promise<[ChannelModel, ChannelModel]> {
  try {
    return await Promise.all(opening)
  } catch (error) {
    for (const model of opening) model.then((open) => open.close()).catch(ignore)
    throw error
  }
}

function ignore(): void {
  // It is given up: how it ends changes nothing.
}
