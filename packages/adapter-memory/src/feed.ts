import { Buffer } from 'node:buffer'
import {
  MqError,
  type BatchResult,
  type Clock,
  type Failure,
  type Feed,
  type Incoming,
  type OpenOptions,
  type Outgoing,
  type Settlement,
  type Sink,
  type Target,
} from '@anymq/core/driver'
import { Receipt, type Entry } from './entry.ts'
import type { MemoryQueue } from './memory-queue.ts'

/** What a feed asks of its connection. */
export interface FeedHost {
  readonly clock: Clock
  /** Pending for ever once the connection is abandoned: a dead process hears nothing. */
  answer<T>(value: T): Promise<T>
  readonly abandoned: boolean
  /** The queue that a move goes to. @throws MQ_NOT_FOUND */
  inbox(target: Target): MemoryQueue
  closed(feed: MemoryFeed): void
}

type Failed = { readonly index: number; readonly failure: Failure }

const ALL_GOOD: BatchResult = Object.freeze({})

/** One consumer of one queue. */
export class MemoryFeed implements Feed<Receipt> {
  readonly lease: number
  /** How much it should have an exclusive queue. */
  readonly preference: number
  readonly #queue: MemoryQueue
  readonly #sink: Sink<Receipt>
  readonly #host: FeedHost
  #stopped = false
  #askedFor = false
  #alive: number

  constructor(queue: MemoryQueue, options: OpenOptions, sink: Sink<Receipt>, host: FeedHost) {
    this.#queue = queue
    this.lease = options.lease
    this.preference = options.preference
    this.#sink = sink
    this.#host = host
    this.#alive = host.clock.monotonic()
  }

  get alive(): number {
    return this.#alive
  }

  /** How many deliveries it wants now. While it wants none it is asked once, and says when that changes. */
  wants(): number {
    if (this.#stopped || this.#askedFor || this.#host.abandoned) return 0
    const demand = this.#sink.demand()
    if (typeof demand === 'number') return demand
    this.#askedFor = true
    void demand.then(() => {
      this.#askedFor = false
      this.#queue.wanted()
    })
    return 0
  }

  deliver(entries: readonly Entry[], leaseUntil: number): void {
    const now = this.#host.clock.now()
    this.#alive = this.#host.clock.monotonic()
    const batch: Incoming<Receipt>[] = []
    for (const entry of entries) batch.push(new MemoryIncoming(entry, now, leaseUntil))
    this.#sink.deliver(batch)
  }

  /** Leases ran out: the messages go to somebody else. */
  expired(entries: readonly Entry[]): void {
    if (this.#host.abandoned) return
    const lost = new Map(entries.map((entry) => [entry, entry.lease]))
    this.#sink.revoke((receipt) => lost.get(receipt.entry) === receipt.lease)
  }

  settle(batch: readonly Settlement<Receipt>[]): Promise<BatchResult> {
    if (this.#host.abandoned) return this.#host.answer(ALL_GOOD)
    let failed: Failed[] | undefined
    for (let index = 0; index < batch.length; index++) {
      const failure = this.#apply(batch[index]!)
      if (failure !== undefined) (failed ??= []).push({ index, failure })
    }
    return this.#host.answer(failed === undefined ? ALL_GOOD : { failed })
  }

  #apply(settlement: Settlement<Receipt>): Failure | undefined {
    const { entry } = settlement.receipt
    if (!settlement.receipt.isHeldBy(this)) {
      return { code: 'MQ_LEASE_LOST', retryable: false, outcome: 'not-sent', message: 'its lease has ended' }
    }
    switch (settlement.action) {
      case 'ack':
        this.#queue.settle(entry)
        return undefined
      case 'release':
        this.#release(entry, settlement)
        return undefined
      case 'extend':
        this.#queue.extend(entry, settlement.lease)
        return undefined
      case 'hold':
        entry.attempt = settlement.attempt
        entry.note = settlement.note
        return undefined
      case 'move':
        return this.#move(entry, settlement.to, settlement.message)
    }
  }

  #release(
    entry: Entry,
    { delay, failed, attempt, note }: { delay: number; failed: boolean; attempt: number; note: string },
  ): void {
    if (failed) {
      entry.attempt = attempt
      entry.note = note
    }
    this.#queue.release(entry, delay, failed)
  }

  #move(entry: Entry, to: Target, message: Outgoing): Failure | undefined {
    try {
      if (this.#host.inbox(to).takeOver(message, entry, this.#queue)) return undefined
      return { code: 'MQ_THROTTLED', retryable: true, outcome: 'not-sent', message: 'the in-memory server is full' }
    } catch (error) {
      return failureOf(error)
    }
  }

  /** The queue was removed: a broker tells its consumers. */
  vanished(): void {
    if (this.#host.abandoned) return
    this.#sink.fail(
      new MqError('MQ_NOT_FOUND', `the queue "${this.#queue.address}" was removed`, { adapter: 'memory' }),
    )
  }

  async resize(): Promise<void> {
    this.#queue.wanted()
  }

  async stop(): Promise<void> {
    this.#stopped = true
  }

  async close(): Promise<void> {
    this.#stopped = true
    this.#host.closed(this)
  }

  /** The connection ends: `gone` as a dead process goes, else what it holds goes back at once. */
  detach(gone: boolean): void {
    this.#stopped = true
    if (gone) this.#queue.abandonFeed(this)
    else this.#queue.removeFeed(this)
  }
}

/** Straight into the pool: `Buffer.from` first finds out what it was given. */
function copyOf(body: Uint8Array): Uint8Array {
  const copy = Buffer.allocUnsafe(body.length)
  copy.set(body)
  return copy
}

/** An error in portable words. */
export function failureOf(error: unknown): Failure {
  if (MqError.is(error))
    return {
      code: error.code as Failure['code'],
      retryable: error.retryable,
      outcome: 'not-sent',
      message: error.message,
      cause: error,
    }
  return {
    code: 'MQ_CONNECTION',
    retryable: true,
    outcome: 'unknown',
    message: error instanceof Error ? error.message : String(error),
    cause: error,
  }
}

class MemoryIncoming implements Incoming<Receipt> {
  readonly receipt: Receipt
  readonly id: string
  readonly body: Uint8Array
  readonly headers: Incoming<Receipt>['headers']
  readonly key: string | undefined
  readonly level: string | undefined
  readonly attempt: number
  readonly note: string
  readonly deliveries: number
  readonly sentAt: number
  readonly brokerTime: number
  readonly leaseUntil: number

  constructor(entry: Entry, now: number, leaseUntil: number) {
    this.receipt = new Receipt(entry)
    this.id = entry.id
    // A copy for each delivery, as a network makes: what a handler does to its bytes must not reach the next one.
    this.body = copyOf(entry.body)
    this.headers = entry.headers
    this.key = entry.key
    this.level = entry.level
    this.attempt = entry.attempt
    this.note = entry.note
    this.deliveries = entry.deliveries
    this.sentAt = entry.arrivedAt
    this.brokerTime = now
    this.leaseUntil = leaseUntil
  }

  get idSource(): 'producer' {
    return 'producer'
  }

  get native(): undefined {
    return undefined
  }
}
