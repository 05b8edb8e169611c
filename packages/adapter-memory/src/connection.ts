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
import type { Receipt } from './entry.ts'
import { failureOf, MemoryFeed, type FeedHost } from './feed.ts'
import { MANIFEST, type MemoryManifest } from './manifest.ts'
import type { MemoryQueue } from './memory-queue.ts'
import type { InProcessServer, MemoryServer } from './server.ts'

/** `broker.native` of the memory adapter: a connection that can fail on purpose. */
export interface MemoryConnection {
  readonly server: MemoryServer
  /**
   * As if the process had died: nothing is delivered to it or heard from it any more, and what it holds comes back when
   * its leases end. Then call `broker.close({ timeout: 0 })` to tidy up what is left of it.
   */
  abandon(): void
  /** As if the network had been cut: what it holds goes back at once, and core connects again. */
  cut(): void
}

const OK: Promise<BatchResult> = Promise.resolve(Object.freeze({}))

/** One connection of one broker object to the server. */
export class MemoryDriver implements Driver<MemoryManifest, Receipt, MemoryConnection>, FeedHost, MemoryConnection {
  readonly manifest: MemoryManifest = MANIFEST
  readonly server: InProcessServer
  readonly #context: DriverContext
  readonly #feeds = new Set<MemoryFeed>()
  #state: 'open' | 'abandoned' | 'closed' = 'open'
  #releaseAnswers: (() => void)[] = []

  constructor(server: InProcessServer, context: DriverContext) {
    this.server = server
    this.#context = context
  }

  get native(): MemoryConnection {
    return this
  }

  get clock(): DriverContext['clock'] {
    return this.#context.clock
  }

  get abandoned(): boolean {
    return this.#state === 'abandoned'
  }

  async ensure(target: Target, mode: EnsureMode): Promise<Ensured<MemoryManifest>> {
    this.#refuseClosed()
    return this.answer(this.server.ensure(target, mode))
  }

  send(target: Target, batch: readonly Outgoing[]): Promise<BatchResult> {
    if (this.#state !== 'open') return this.abandoned ? this.answer({}) : Promise.reject(closedError())
    let failed: { index: number; failure: Failure }[] | undefined
    let unroutable: number[] | undefined
    let duplicates: number[] | undefined
    const now = this.clock.now()
    for (let index = 0; index < batch.length; index++) {
      // What comes after a refused one is refused too: a later message of a key must not overtake it.
      const accepted = failed === undefined ? this.server.accept(target, batch[index]!, now) : 'full'
      if (accepted === 'yes') continue
      if (accepted === 'full') (failed ??= []).push({ index, failure: FULL })
      else if (accepted === 'missing') (failed ??= []).push({ index, failure: failureOf(noTopic(target)) })
      else if (accepted === 'unroutable') (unroutable ??= []).push(index)
      else (duplicates ??= []).push(index)
    }
    this.server.turn.spend(batch.length)
    if (failed === undefined && unroutable === undefined && duplicates === undefined)
      return this.#isTurnOver ? this.#later({}) : OK
    return this.answer({
      ...(failed && { failed }),
      ...(unroutable && { unroutable }),
      ...(duplicates && { duplicates }),
    })
  }

  async open(target: Target, options: OpenOptions, sink: Sink<Receipt>): Promise<MemoryFeed> {
    this.#refuseClosed()
    const queue = this.server.queue(target)
    const feed = new MemoryFeed(queue, options, sink, this)
    this.#feeds.add(feed)
    await this.answer(undefined)
    // Core knows the feed only after this promise; what is delivered before would have nobody to settle it.
    queueMicrotask(() => queueMicrotask(() => this.#feeds.has(feed) && queue.addFeed(feed)))
    return feed
  }

  async stats(target: Target): Promise<Stats> {
    this.#refuseClosed()
    return this.answer(this.server.queue(target).stats())
  }

  async purge(target: Target): Promise<void> {
    this.#refuseClosed()
    this.server.queue(target).purge()
    return this.answer(undefined)
  }

  async remove(target: Target): Promise<void> {
    this.#refuseClosed()
    this.server.remove(target)
    return this.answer(undefined)
  }

  classify(error: unknown): Failure {
    return failureOf(error)
  }

  async close(): Promise<void> {
    const wasAbandoned = this.abandoned
    this.#state = 'closed'
    for (const feed of this.#feeds) feed.detach(wasAbandoned)
    this.#feeds.clear()
    for (const release of this.#releaseAnswers.splice(0)) release()
  }

  abandon(): void {
    if (this.#state !== 'open') return
    this.#state = 'abandoned'
    for (const feed of this.#feeds) feed.detach(true)
  }

  cut(): void {
    if (this.#state !== 'open') return
    this.#state = 'closed'
    for (const feed of this.#feeds) feed.detach(false)
    this.#feeds.clear()
    this.#context.lost(new MqError('MQ_CONNECTION', 'the connection was cut', { adapter: 'memory', retryable: true }))
  }

  // --- for feeds

  answer<T>(value: T): Promise<T> {
    this.server.turn.spend(1)
    if (this.abandoned) return new Promise((_, reject) => this.#unanswered(reject))
    return this.#isTurnOver ? this.#later(value) : Promise.resolve(value)
  }

  /** An answer in the next turn of the event loop, if the process lives to hear it. */
  #later<T>(value: T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.server.turn.next(() => (this.abandoned ? this.#unanswered(reject) : resolve(value)))
    })
  }

  #unanswered(reject: (error: MqError) => void): void {
    this.#releaseAnswers.push(() => reject(closedError()))
  }

  get #isTurnOver(): boolean {
    return this.server.turn.isOver
  }

  inbox(target: Target): MemoryQueue {
    return this.server.queue(target)
  }

  closed(feed: MemoryFeed): void {
    if (!this.#feeds.delete(feed)) return
    feed.detach(this.abandoned)
  }

  #refuseClosed(): void {
    if (this.#state === 'closed') throw closedError()
  }
}

const FULL: Failure = Object.freeze({
  code: 'MQ_THROTTLED',
  retryable: true,
  outcome: 'not-sent',
  message: 'the in-memory server is full',
})

function noTopic({ address }: Target): MqError {
  return new MqError('MQ_NOT_FOUND', `there is no topic "${address}" on this in-memory server`, { adapter: 'memory' })
}

function closedError(): MqError {
  return new MqError('MQ_CONNECTION', 'the in-memory connection is closed', { adapter: 'memory', retryable: true })
}
