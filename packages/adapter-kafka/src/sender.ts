import { Buffer } from 'node:buffer'
import type { BatchResult, Failure, Outgoing } from '@anymq/core/driver'
import kafkajs, { type Kafka, type Producer } from 'kafkajs'
import { failureOf } from './failure.ts'

type Failed = { readonly index: number; readonly failure: Failure }
type Part = { readonly index: number; readonly item: Outgoing }[]

/** A producer, and how many requests still need it. */
interface Line {
  readonly producer: Promise<Producer>
  users: number
  isRetired: boolean
}

const murmur2 = kafkajs.Partitioners.DefaultPartitioner()

/**
 * Sends batches: one request for each partition, so that each item has an answer of its own, and one at a time for each
 * partition. kafkajs takes back the sequence number of a request that failed: another one that used it before the retry
 * would be confirmed as a repeat and thrown away.
 */
export class Sender {
  readonly #kafka: Kafka
  readonly #countOf: (topic: string) => Promise<number>
  readonly #counts = new Map<string, number>()
  readonly #tails = new Map<string, Promise<Failed[]>>()
  #line: Line | null = null
  #turn = 0

  constructor(kafka: Kafka, countOf: (topic: string) => Promise<number>) {
    this.#kafka = kafka
    this.#countOf = countOf
  }

  async send(topic: string, batch: readonly Outgoing[]): Promise<BatchResult> {
    const count = this.#counts.get(topic) ?? (await this.#countOf(topic))
    this.#counts.set(topic, count)
    const parts = [...this.#spread(topic, count, batch)]
    const answers = await Promise.all(parts.map(([partition, part]) => this.#inTurn(topic, partition, part)))
    const failed = answers.flat()
    return failed.length === 0 ? {} : { failed }
  }

  /** By key as every Kafka client does; what has no key goes to one partition for each batch, in turn. */
  #spread(topic: string, count: number, batch: readonly Outgoing[]): Map<number, Part> {
    const parts = new Map<number, Part>()
    const partitionMetadata = Array<never>(count)
    const turn = this.#turn++ % count
    for (const [index, item] of batch.entries()) {
      const message = { key: item.key ?? null, value: null }
      const partition = item.key === undefined ? turn : murmur2({ topic, partitionMetadata, message })
      const part = parts.get(partition)
      if (part === undefined) parts.set(partition, [{ index, item }])
      else part.push({ index, item })
    }
    return parts
  }

  #inTurn(topic: string, partition: number, part: Part): Promise<Failed[]> {
    const place = `${topic}/${partition}`
    const turn = (this.#tails.get(place) ?? Promise.resolve()).then(() => this.#produce(topic, partition, part))
    this.#tails.set(place, turn)
    return turn
  }

  async #produce(topic: string, partition: number, part: Part): Promise<Failed[]> {
    const messages = part.map(({ item: { key, body, headers } }) => {
      const value = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
      return { partition, key: key ?? null, value, headers }
    })
    const line = (this.#line ??= { producer: this.#connected(), users: 0, isRetired: false })
    line.users++
    try {
      await (await line.producer).send({ topic, messages, acks: -1 })
      return []
    } catch (error) {
      const failure = failureOf(error)
      // What it may have written has used up numbers that it would give to the next message.
      if (failure.outcome === 'unknown') this.#retire(line)
      return part.map(({ index }) => ({ index, failure }))
    } finally {
      line.users--
      if (line.isRetired && line.users === 0) void disconnect(line)
    }
  }

  /** The next request makes a new producer. */
  #retire(line: Line): void {
    line.isRetired = true
    if (this.#line === line) this.#line = null
  }

  async #connected(): Promise<Producer> {
    const producer = this.#kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    })
    await producer.connect()
    return producer
  }

  async close(): Promise<void> {
    const line = this.#line
    this.#line = null
    if (line !== null) await disconnect(line)
  }
}

async function disconnect({ producer }: Line): Promise<void> {
  await producer.then((open) => open.disconnect()).catch(() => undefined)
}
