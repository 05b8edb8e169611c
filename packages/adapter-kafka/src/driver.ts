import {
  type BatchResult,
  type Driver,
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
import type { Admin, Kafka } from 'kafkajs'
import { failureOf, typeOf } from './failure.ts'
import { KafkaFeed, topicsOf, type FeedHost } from './feed.ts'
import { decodeFinished } from './finished-set.ts'
import { giveBirth } from './group-birth.ts'
import { MANIFEST, type KafkaManifest } from './manifest.ts'
import type { Receipt } from './partition.ts'
import { patiently } from './patiently.ts'
import { Sender } from './sender.ts'

/** `broker.native` of the Kafka adapter: kafkajs' own objects. */
export interface KafkaConnection {
  readonly kafka: Kafka
  readonly admin: Admin
}

/** About 8 s: what then has no answer is `unknown`. Until then an idempotent producer repeats without a duplicate. */
const SEND_RETRIES = 20
/** About a minute. A consumer that gives up comes back as a new member, and waits for the session of its own ghost to end. */
const CONSUME_RETRIES = 120
const PARTITIONS = 4
const MOST_REPLICAS = 3

/** The brokers of one cluster. kafkajs finds them again by itself; a group's membership outlives their restart. */
export class KafkaDriver implements Driver<KafkaManifest, Receipt, KafkaConnection> {
  readonly manifest: KafkaManifest = MANIFEST
  readonly native: KafkaConnection
  readonly #host: Omit<FeedHost, 'kafka'> & { readonly client: (retries: number) => Kafka }
  readonly #replicas: number
  readonly #sender: Sender
  readonly #feeds = new Set<KafkaFeed>()

  constructor(host: Omit<FeedHost, 'kafka'> & { readonly client: (retries: number) => Kafka }, brokers: number) {
    this.#host = host
    this.#replicas = Math.min(brokers, MOST_REPLICAS)
    this.native = Object.freeze({ kafka: host.client(SEND_RETRIES), admin: host.admin })
    this.#sender = new Sender(this.native.kafka, (topic) => this.#partitionCount(topic))
  }

  async ensure(target: Target, mode: EnsureMode): Promise<Ensured<KafkaManifest>> {
    const wanted = partitionsOf(target)
    if (mode !== 'verify') await this.#create(target, wanted ?? PARTITIONS)
    const count = (): Promise<number> => this.#partitionCount(target.address)
    const found = await (mode !== 'verify' ? patiently(this.#host.context.clock, count) : count())
    if (wanted !== undefined && wanted !== found)
      throw new MqError(
        'MQ_MISMATCH',
        `topic "${target.address}" has ${found} partitions; its definition says ${wanted}`,
      )
    if (mode !== 'verify' && target.kind === 'group')
      await giveBirth({ ...this.#host, kafka: this.#host.client(SEND_RETRIES) }, target)
    return this.#replicas > 1 ? {} : { weaker: { durability: 'disk' } }
  }

  /** A topic that exists is left as it is. */
  async #create(target: Target, numPartitions: number): Promise<void> {
    const configEntries = [
      { name: 'retention.ms', value: String(Number.isFinite(target.retention) ? target.retention : -1) },
      { name: 'min.insync.replicas', value: String(Math.max(1, this.#replicas - 1)) },
    ]
    const topic = { topic: target.address, numPartitions, replicationFactor: this.#replicas, configEntries }
    // Whether it has leaders is asked below: kafkajs gives up on a topic that another process has just made.
    await this.#host.admin.createTopics({ topics: [topic], waitForLeaders: false })
  }

  async #partitionCount(topic: string): Promise<number> {
    const { topics } = await this.#host.admin.fetchTopicMetadata({ topics: [topic] })
    return topics[0]!.partitions.length
  }

  send(target: Target, batch: readonly Outgoing[]): Promise<BatchResult> {
    return this.#sender.send(target.address, batch)
  }

  async open(target: Target, options: OpenOptions, sink: Sink<Receipt>): Promise<KafkaFeed> {
    const { admin, client, context } = this.#host
    const { groups } = await admin.describeGroups([target.address])
    const hasCompany = !options.browse && groups.some(({ members }) => members.length > 0)
    const browse = options.browse ? `${target.address}.browse-${context.ids.next(context.clock.now())}` : null
    const feed = new KafkaFeed({ ...this.#host, kafka: client(CONSUME_RETRIES) }, target, sink, {
      browse,
      hasCompany,
      onClosed: (closed) => this.#feeds.delete(closed),
    })
    this.#feeds.add(feed)
    try {
      await feed.open()
      return feed
    } catch (error) {
      void feed.close().catch(() => undefined)
      throw error
    }
  }

  /** What lies behind the commits of the source's group and is not in their sets of finished offsets. */
  async stats(target: Target): Promise<Stats> {
    const { admin, context } = this.#host
    const { clock } = context
    const topics = topicsOf(target)
    const commits = await patiently(clock, () => admin.fetchOffsets({ groupId: target.address, topics }))
    const logs = await Promise.all(topics.map((topic) => patiently(clock, () => admin.fetchTopicOffsets(topic))))
    let ready = 0
    for (const [index, log] of logs.entries()) {
      const { partitions } = commits.find(({ topic }) => topic === topics[index])!
      for (const { partition, low, high } of log) {
        const { offset, metadata } = partitions.find((at) => at.partition === partition)!
        const from = Math.max(Number(offset), Number(low))
        ready += Number(high) - from - decodeFinished(from, metadata).size
      }
    }
    return { ready, leased: undefined, delayed: undefined, oldest: undefined }
  }

  async purge(target: Target): Promise<void> {
    throw new MqError('MQ_UNSUPPORTED', `purge of "${target.address}" is not built for Kafka in this version`)
  }

  /** The topic of its own and its group; a shared topic stays. */
  async remove(target: Target): Promise<void> {
    const { admin } = this.#host
    await admin.deleteGroups([target.address]).catch(() => undefined)
    await admin.deleteTopics({ topics: [target.address] }).catch((error: unknown) => {
      if (typeOf(error) !== 'UNKNOWN_TOPIC_OR_PARTITION') throw error
    })
  }

  classify(error: unknown): Failure {
    return failureOf(error)
  }

  async close(): Promise<void> {
    await Promise.all([...this.#feeds].map((feed) => feed.close().catch(() => undefined)))
    await Promise.all([this.#sender.close(), this.#host.admin.disconnect()])
  }
}

/** The native option `partitions`. @throws MQ_CONFIG */
function partitionsOf({ native, name }: Target): number | undefined {
  const { partitions } = (native ?? {}) as { readonly partitions?: unknown }
  if (partitions === undefined || (Number.isSafeInteger(partitions) && (partitions as number) > 0))
    return partitions as number | undefined
  throw new MqError(
    'MQ_CONFIG',
    `"${name}": kafka.partitions is ${JSON.stringify(partitions)}; give a whole number from 1`,
  )
}
