import type { MqError } from '../errors.ts'
import { NOT_SET } from '../mechanism/timer-wheel.ts'
import { WakeUp } from '../mechanism/wake-up.ts'
import type { Runtime } from '../runtime.ts'
import type { Driver, Feed, Sink } from '../spi/driver.ts'
import type { Failure, Incoming } from '../spi/messages.ts'
import type { Target } from '../spi/target.ts'
import { bounded, errorOf, type Dependent } from '../supervisor.ts'

/** What the link asks of the engine. */
export interface FeedHooks {
  deliver(batch: readonly Incoming<unknown>[]): void
  demand(): number | Promise<number>
  revoke(lost: (receipt: unknown) => boolean): void
  window(): number
  opened(feed: Feed<unknown>): void
  /** Everything that the feed brought belongs to others now. */
  gone(why: string): void
  /** The feed cannot be opened and never will. */
  killed(error: MqError): void
  /** Before a planned close: give back what nobody took, and wait for what is on its way. */
  giveBack(): Promise<void>
}

const FIRST_PAUSE = 100
const LONGEST_PAUSE = 10_000

/** Keeps one feed open while somebody uses it and there is a connection; opens it again when it dies. */
export class FeedLink implements Dependent {
  readonly #runtime: Runtime
  readonly #target: Target
  readonly #lease: number
  readonly #hooks: FeedHooks
  readonly #reopen = new WakeUp(() => this.#open())
  #driver: Driver | null = null
  #feed: Feed<unknown> | null = null
  #opening = false
  /** Counts feeds: what an older one says is not heard. */
  #epoch = 0
  #pause = FIRST_PAUSE
  #users = 0
  #waiting: (() => void)[] = []

  constructor(runtime: Runtime, target: Target, lease: number, hooks: FeedHooks) {
    this.#runtime = runtime
    this.#target = target
    this.#lease = lease
    this.#hooks = hooks
  }

  get feed(): Feed<unknown> | null {
    return this.#feed
  }

  /** Resolves when the feed is open. */
  use(): Promise<void> {
    this.#users++
    this.#open()
    if (this.#feed !== null) return Promise.resolve()
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  /** Somebody wants messages: a feed that was given up is tried once more. */
  nudge(): void {
    if (this.#reopen.wheelTick === NOT_SET) this.#open()
  }

  /** The last user closes the feed, in `timeout` milliseconds at most. */
  async unuse(timeout: number): Promise<void> {
    if (--this.#users > 0) return
    this.#runtime.wheel.clear(this.#reopen)
    const feed = this.#feed
    if (feed === null) return
    const givenBack = feed
      .stop()
      .catch(ignore)
      .then(() => this.#hooks.giveBack())
    await bounded(givenBack, this.#runtime, timeout)
    // Somebody may have come back, or the connection may be gone, while we waited.
    if (this.#users > 0 || feed !== this.#feed) return this.#startAgain(feed)
    this.#detach('its consumer was closed')
    await bounded(feed.close().catch(ignore), this.#runtime, timeout)
  }

  /** Told to stop, but wanted again: a new one takes its place. */
  async #startAgain(feed: Feed<unknown>): Promise<void> {
    if (feed !== this.#feed) return
    this.#detach('its feed was closed')
    await feed.close().catch(ignore)
    this.#open()
  }

  up(driver: Driver): void {
    this.#driver = driver
    this.#open()
  }

  lost(error: MqError): void {
    this.#driver = null
    this.#detach(`the connection is gone: ${error.message}`)
  }

  resize(): void {
    this.#feed?.resize(this.#hooks.window()).catch((error: unknown) => {
      this.#runtime.log.warn(
        { source: this.#target.name, error: this.classify(error).message },
        'the window could not be changed',
      )
    })
  }

  classify(error: unknown): Failure {
    if (this.#driver !== null) return this.#driver.classify(error)
    return {
      code: 'MQ_CONNECTION',
      retryable: true,
      outcome: 'unknown',
      message: 'the connection is gone',
      cause: error,
    }
  }

  #open(): void {
    const driver = this.#driver
    if (driver === null || this.#feed !== null || this.#opening || this.#users === 0) return
    this.#opening = true
    const epoch = ++this.#epoch
    const options = {
      window: this.#hooks.window(),
      span: driver.manifest.span,
      lease: this.#lease,
      preference: 1,
      browse: false,
    }
    driver.open(this.#target, options, this.#sink(epoch)).then(
      (feed) => this.#opened(epoch, feed),
      (error: unknown) => {
        if (epoch === this.#epoch) this.#failed(driver.classify(error))
      },
    )
  }

  #opened(epoch: number, feed: Feed<unknown>): void {
    if (epoch !== this.#epoch) return void feed.close().catch(ignore)
    this.#opening = false
    if (this.#users === 0) return void feed.close().catch(ignore)
    this.#feed = feed
    this.#pause = FIRST_PAUSE
    this.#runtime.health.clear(this.#healthKey)
    this.#hooks.opened(feed)
    for (const resolve of this.#waiting.splice(0)) resolve()
    this.resize()
  }

  #failed(failure: Failure): void {
    this.#opening = false
    const error = errorOf(failure, this.#runtime.adapter, this.#target.name)
    if (!failure.retryable) return this.#hooks.killed(error)
    this.#runtime.health.report(
      this.#healthKey,
      'degraded',
      `"${this.#target.name}" cannot be consumed: ${error.message}`,
    )
    this.#runtime.wheel.set(this.#reopen, this.#pause * (0.5 + this.#runtime.random.next() / 2))
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE)
  }

  get #healthKey(): string {
    return `feed ${this.#target.name}`
  }

  #sink(epoch: number): Sink<unknown> {
    const current = (): boolean => epoch === this.#epoch
    const hooks = this.#hooks
    return {
      deliver: (batch) => {
        if (current()) hooks.deliver(batch)
      },
      demand: () => (current() ? hooks.demand() : new Promise<number>(ignore)),
      revoke: (lost) => {
        if (current()) hooks.revoke(lost)
      },
      fail: (error) => {
        if (current()) this.#died(this.classify(error))
      },
    }
  }

  #died(failure: Failure): void {
    const feed = this.#feed
    this.#detach(failure.message)
    if (feed !== null) void feed.close().catch(ignore)
    this.#failed(failure)
  }

  #detach(why: string): void {
    this.#epoch++
    this.#opening = false
    this.#feed = null
    this.#hooks.gone(why)
  }
}

function ignore(): void {
  // The feed is given up: how it ends changes nothing.
}
