import { closeTimeout } from '../close-timeout.ts'
import { parseDuration, type Duration } from '../duration.ts'
import { MqError } from '../errors.ts'
import { timeLeft } from '../mechanism/bounded.ts'
import { composed, type Hooked } from '../intercept/compose.ts'
import type { BatchHandler, Handler, Message } from '../message.ts'
import { gatheringProblems, policyProblems } from '../capability/limits.ts'
import { unsupported } from '../capability/resolve.ts'
import type { Runtime } from '../runtime.ts'
import type { Manifest } from '../spi/manifest.ts'
import { subscribeBatches } from './batch-subscription.ts'
import {
  messagesProblems,
  receiveProblems,
  refuse,
  subscribeBatchProblems,
  subscribeProblems,
} from './check-options.ts'
import type { SourceEngine } from './engine.ts'
import { subscribeHandler } from './handler-subscription.ts'
import type { SubscriptionPlace } from './live-subscription.ts'
import { MessageIterator } from './message-iterator.ts'
import type {
  Consumer,
  MessagesOptions,
  ReceiveOptions,
  SubscribeBatchOptions,
  SubscribeOptions,
  Subscription,
} from './options.ts'
import type { Outbox } from './pending-sends.ts'
import { Pull, PulledMessages } from './pull.ts'
import type { ResolvedConsumer } from './resolved-consumer.ts'
import type { StartLimit } from './start-limit.ts'

const DEFAULT_WAIT = 20_000
/** Batches at once: the consumer's `concurrency` counts messages, and as many batches would hold far too many. */
const DEFAULT_BATCHES = 1

/** What a consumer hangs on. */
export interface ConsumerPlace {
  readonly runtime: Runtime
  readonly engine: SourceEngine
  readonly options: ResolvedConsumer
  readonly manifest: Manifest
  /** True where the definition asks for order. */
  readonly isOrdered: boolean
  readonly outbox: Outbox
  readonly onClosed: () => void
}

/** The consumer of one source: push, in batches or not, pull and iteration on one engine. */
export class SourceConsumer implements Consumer {
  readonly source: string
  readonly #place: ConsumerPlace
  readonly #subscriptions = new Set<Subscription>()
  readonly #pulls = new Set<Pull>()
  readonly #iterators = new Set<MessageIterator>()
  readonly #pulled: PulledMessages
  #pulling = false
  #closing: Promise<void> | null = null

  constructor(place: ConsumerPlace) {
    this.source = place.engine.source
    this.#place = place
    this.#pulled = new PulledMessages(place.runtime, place.engine, place.options, place.outbox)
  }

  subscribe(handler: Handler<never>, options: SubscribeOptions = {}): Subscription {
    return this.subscribeWithin(null, handler, options)
  }

  /** @param limit the slots that it shares with others; null: none */
  subscribeWithin(limit: StartLimit | null, handler: Handler<never>, options: SubscribeOptions): Subscription {
    this.#refuseClosed()
    refuse(`subscribe to "${this.source}"`, subscribeProblems(handler, options))
    const resolved = this.#resolve(options, this.#place.options.concurrency)
    return this.#add(subscribeHandler(this.#placeOf(resolved, options, limit), this.#around('process', handler)))
  }

  subscribeBatch(handler: BatchHandler<never>, options: SubscribeBatchOptions): Subscription {
    return this.subscribeBatchWithin(null, handler, options)
  }

  /** @param limit the slots that it shares with others; null: none */
  subscribeBatchWithin(
    limit: StartLimit | null,
    handler: BatchHandler<never>,
    options: SubscribeBatchOptions,
  ): Subscription {
    this.#refuseClosed()
    refuse(`subscribe to batches of "${this.source}"`, subscribeBatchProblems(handler, options))
    const { isOrdered, manifest } = this.#place
    const gathering = { max: options.max, within: parseDuration(options.within)!, isOrdered }
    const problems = gatheringProblems(manifest, gathering.within, `batches of "${this.source}"`)
    if (problems.length > 0) throw unsupported(manifest, problems)
    const resolved = this.#resolve(options, DEFAULT_BATCHES)
    const around = this.#around('processBatch', handler)
    return this.#add(subscribeBatches(this.#placeOf(resolved, options, limit), around, gathering))
  }

  /** The handler with the interceptors around it. */
  #around<H extends 'process' | 'processBatch'>(hook: H, handler: (input: never) => unknown): Hooked<H> {
    return composed(this.#place.runtime.interceptors, hook, this.source, handler as Hooked<H>)
  }

  #add(subscription: Subscription): Subscription {
    this.#subscriptions.add(subscription)
    return subscription
  }

  /** @throws MQ_UNSUPPORTED for what the broker does not allow */
  #resolve({ concurrency, timeout }: SubscribeOptions, defaultConcurrency: number): ResolvedConsumer {
    const { options, manifest } = this.#place
    const resolved: ResolvedConsumer = {
      ...options,
      concurrency: concurrency ?? defaultConcurrency,
      timeout: timeout === undefined ? options.timeout : parseDuration(timeout)!,
    }
    const problems = policyProblems(manifest, resolved, `subscription to "${this.source}"`)
    if (problems.length > 0) throw unsupported(manifest, problems)
    return resolved
  }

  #placeOf(options: ResolvedConsumer, { rate }: SubscribeOptions, limit: StartLimit | null): SubscriptionPlace {
    const { runtime, engine, outbox } = this.#place
    return {
      runtime,
      engine,
      outbox,
      options,
      rate: rate === undefined ? null : { max: rate.max, per: parseDuration(rate.per)! },
      limit,
      onEnd: (subscription) => this.#subscriptions.delete(subscription),
    }
  }

  messages(options: MessagesOptions = {}): AsyncIterable<Message<never>> {
    this.#refuseClosed()
    refuse(`iterate over "${this.source}"`, messagesProblems(options))
    const { signal } = options
    const { engine } = this.#place
    const hooks = {
      started: (iterator: MessageIterator) => this.#iterate(iterator),
      ended: (iterator: MessageIterator) => void this.#iterators.delete(iterator),
    }
    return {
      [Symbol.asyncIterator]: () =>
        new MessageIterator(engine, this.#pulled, signal, hooks) as AsyncIterator<Message<never>, undefined>,
    }
  }

  #iterate(iterator: MessageIterator): boolean {
    if (this.#closing !== null) return false
    this.#iterators.add(iterator)
    this.#startPulling()
    return true
  }

  async receive(options: ReceiveOptions = {}): Promise<Message<never>[]> {
    this.#refuseClosed()
    refuse(`receive from "${this.source}"`, receiveProblems(options))
    const { signal } = options
    if (signal?.aborted === true)
      throw new MqError('MQ_ABORTED', `the signal aborted the receive from "${this.source}"; nothing is lost`, {
        cause: signal.reason,
      })
    const { runtime, engine } = this.#place
    const pull = new Pull(runtime, engine, this.#pulled, {
      max: options.max ?? 1,
      wait: options.wait === undefined ? DEFAULT_WAIT : parseDuration(options.wait)!,
      hold: options.hold === undefined ? this.#place.options.timeout : parseDuration(options.hold)!,
      signal,
    })
    this.#pulls.add(pull)
    // First the taker, then the feed, so that it opens with the right window.
    this.#startPulling()
    try {
      return (await pull.promise) as Message<never>[]
    } finally {
      this.#pulls.delete(pull)
    }
  }

  #startPulling(): void {
    if (this.#pulling) return
    this.#pulling = true
    void this.#place.engine.use()
  }

  async close(options?: { readonly timeout?: Duration }): Promise<void> {
    const timeout = closeTimeout(options)
    this.#closing ??= this.#close(timeout)
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(timeout: number): Promise<void> {
    const { runtime, engine, onClosed } = this.#place
    const left = timeLeft(runtime.clock, timeout)
    for (const pull of this.#pulls) pull.cancel()
    for (const iterator of this.#iterators) iterator.cancel()
    this.#pulled.releaseAll()
    await Promise.all([...this.#subscriptions].map((subscription) => subscription.close({ timeout })))
    if (this.#pulling) await engine.unuse(left())
    onClosed()
  }

  #refuseClosed(): void {
    if (this.#closing !== null)
      throw new MqError('MQ_CLOSED', `the consumer of "${this.source}" is closed`, { destination: this.source })
  }
}
