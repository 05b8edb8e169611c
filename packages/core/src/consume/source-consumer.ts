import { closeTimeout } from '../close-timeout.ts'
import { parseDuration, type Duration } from '../duration.ts'
import { MqError } from '../errors.ts'
import { timeLeft } from '../mechanism/bounded.ts'
import type { Handler, Message } from '../message.ts'
import { policyProblems, unsupported } from '../capability/resolve.ts'
import type { Runtime } from '../runtime.ts'
import type { Manifest } from '../spi/manifest.ts'
import { receiveProblems, refuse, subscribeProblems } from './check-options.ts'
import type { SourceEngine } from './engine.ts'
import { subscribeHandler } from './handler-subscription.ts'
import type { Consumer, ReceiveOptions, SubscribeBatchOptions, SubscribeOptions, Subscription } from './options.ts'
import type { SubscriptionPlace } from './live-subscription.ts'
import { Pull, PulledMessages } from './pull.ts'
import type { ResolvedConsumer } from './resolved-consumer.ts'

const DEFAULT_WAIT = 20_000

/** The consumer of one source: push and pull on one engine. */
export class SourceConsumer implements Consumer {
  readonly source: string
  readonly #runtime: Runtime
  readonly #engine: SourceEngine
  readonly #options: ResolvedConsumer
  readonly #subscriptions = new Set<Subscription>()
  readonly #pulls = new Set<Pull>()
  readonly #pulled: PulledMessages
  readonly #manifest: Manifest
  readonly #onClosed: () => void
  #pulling = false
  #closing: Promise<void> | null = null

  constructor(
    runtime: Runtime,
    engine: SourceEngine,
    options: ResolvedConsumer,
    manifest: Manifest,
    onClosed: () => void,
  ) {
    this.source = engine.source
    this.#runtime = runtime
    this.#engine = engine
    this.#options = options
    this.#manifest = manifest
    this.#onClosed = onClosed
    this.#pulled = new PulledMessages(runtime, engine, options)
  }

  subscribe(handler: Handler<never>, options: SubscribeOptions = {}): Subscription {
    this.#refuseClosed()
    refuse(`subscribe to "${this.source}"`, subscribeProblems(handler, options))
    const resolved: ResolvedConsumer = {
      ...this.#options,
      concurrency: options.concurrency ?? this.#options.concurrency,
      timeout: options.timeout === undefined ? this.#options.timeout : parseDuration(options.timeout)!,
    }
    const problems = policyProblems(this.#manifest, resolved, `subscription to "${this.source}"`)
    if (problems.length > 0) throw unsupported(this.#manifest, problems)
    const subscription = subscribeHandler(this.#place(resolved, options), handler)
    this.#subscriptions.add(subscription)
    return subscription
  }

  #place(options: ResolvedConsumer, { rate }: SubscribeOptions): SubscriptionPlace {
    return {
      runtime: this.#runtime,
      engine: this.#engine,
      options,
      rate: rate === undefined ? null : { max: rate.max, per: parseDuration(rate.per)! },
      limit: null,
      onEnd: (subscription) => this.#subscriptions.delete(subscription),
    }
  }

  subscribeBatch(
    _handler: (messages: readonly Message<never>[]) => unknown,
    _options: SubscribeBatchOptions,
  ): Subscription {
    throw notBuilt('subscribeBatch', 'subscribe, or receive({ max })')
  }

  messages(_options?: { readonly signal?: AbortSignal }): AsyncIterable<Message<never>> {
    throw notBuilt('messages', 'receive in a loop')
  }

  async receive(options: ReceiveOptions = {}): Promise<Message<never>[]> {
    this.#refuseClosed()
    refuse(`receive from "${this.source}"`, receiveProblems(options))
    const { signal } = options
    if (signal?.aborted === true)
      throw new MqError('MQ_ABORTED', `the signal aborted the receive from "${this.source}"; nothing is lost`, {
        cause: signal.reason,
      })
    const pull = new Pull(this.#runtime, this.#engine, this.#pulled, {
      max: options.max ?? 1,
      wait: options.wait === undefined ? DEFAULT_WAIT : parseDuration(options.wait)!,
      hold: options.hold === undefined ? this.#options.timeout : parseDuration(options.hold)!,
      signal,
    })
    this.#pulls.add(pull)
    // First the taker, then the feed, so that it opens with the right window.
    if (!this.#pulling) {
      this.#pulling = true
      void this.#engine.use()
    }
    try {
      return (await pull.promise) as Message<never>[]
    } finally {
      this.#pulls.delete(pull)
    }
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
    const left = timeLeft(this.#runtime.clock, timeout)
    for (const pull of this.#pulls) pull.cancel()
    this.#pulled.releaseAll()
    await Promise.all([...this.#subscriptions].map((subscription) => subscription.close({ timeout })))
    if (this.#pulling) await this.#engine.unuse(left())
    this.#onClosed()
  }

  #refuseClosed(): void {
    if (this.#closing !== null)
      throw new MqError('MQ_CLOSED', `the consumer of "${this.source}" is closed`, { destination: this.source })
  }
}

function notBuilt(what: string, instead: string): MqError {
  return new MqError('MQ_UNSUPPORTED', `${what} is not built in this version; use ${instead}`)
}
