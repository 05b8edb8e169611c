import type { MqError } from '../errors.ts'
import { guardedCall } from '../mechanism/guarded-call.ts'
import { NOT_SET } from '../mechanism/timer-wheel.ts'
import { WakeUp } from '../mechanism/wake-up.ts'
import type { Runtime } from '../runtime.ts'
import type { Driver, Feed, Sink } from '../spi/driver.ts'
import type { Manifest } from '../spi/manifest.ts'
import type { Failure, Incoming } from '../spi/messages.ts'
import type { Target } from '../spi/target.ts'
import { errorOf } from '../failure-error.ts'
import { bounded, timeLeft } from '../mechanism/bounded.ts'
import type { Dependent } from '../supervisor.ts'
import { partsOf, Watchdog, type FeedPart } from './watchdog.ts'

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
  /** Of what the feed brought, something is not settled. */
  holds(owns: FeedPart['owns']): boolean
  /** Give back, in order, what no handler runs: it comes straight back if nobody else should have it. */
  giveBackIdle(owns: FeedPart['owns']): void
  /** Before a planned close: give back what nobody took, and wait for what is on its way. */
  giveBack(): Promise<void>
}

const FIRST_PAUSE = 100
const LONGEST_PAUSE = 10_000
const SHRINK_AFTER = 1000

/** Keeps one feed open while somebody uses it and there is a connection; opens it again when it dies. */
export class FeedLink implements Dependent {
  readonly #runtime: Runtime
  readonly #target: Target
  readonly #lease: number
  readonly #hooks: FeedHooks
  readonly #reopen = new WakeUp(() => this.#open())
  readonly #shrink = new WakeUp(() => this.#tell(this.#hooks.window()))
  readonly #watchdog: Watchdog
  /** Deliveries of this feed so far. */
  #delivered = 0
  /** How much we should have an exclusive target: as good as anybody, and never twice the same. */
  readonly #preference: number
  #driver: Driver | null = null
  #feed: Feed<unknown> | null = null
  #opening = false
  /** Counts feeds: what an older one says is not heard. */
  #epoch = 0
  #pause = FIRST_PAUSE
  #users = 0
  /** The window that the feed knows. */
  #told = 0
  #resizing = false
  #isEnding = false
  #waiting: ((feed: Feed<unknown>) => void)[] = []

  constructor(runtime: Runtime, target: Target, lease: number, hooks: FeedHooks) {
    this.#runtime = runtime
    this.#target = target
    this.#lease = lease
    this.#hooks = hooks
    this.#preference = runtime.random.next()
    this.#watchdog = new Watchdog(runtime, target.name, {
      wants: () => typeof hooks.demand() === 'number',
      holds: (owns) => hooks.holds(owns),
      giveBack: (owns) => hooks.giveBackIdle(owns),
    })
  }

  get feed(): Feed<unknown> | null {
    return this.#feed
  }

  /** What the broker offers, while there is a connection. */
  get manifest(): Manifest | null {
    return this.#driver?.manifest ?? null
  }

  /** Most deliveries that may be held in all. */
  get span(): number {
    return this.#driver?.manifest.span ?? 0
  }

  /** Tell the broker, if it can remember, how often a held message has failed. */
  advise({ receipt, attempt, note }: { receipt: unknown; attempt: number; note: string }): void {
    const feed = this.#feed
    if (feed !== null) guardedCall(() => feed.settle([{ receipt, action: 'hold', attempt, note }], false)).catch(ignore)
  }

  /** The feed is being closed: what it brings goes back, and who comes now waits for the next one. */
  get isEnding(): boolean {
    return this.#isEnding
  }

  /** Resolves when the feed is open. */
  use(): Promise<void> {
    this.#users++
    this.#open()
    if (this.#feed !== null && !this.#isEnding) return Promise.resolve()
    return this.opened().then(ignore)
  }

  /** The next feed that opens. */
  opened(): Promise<Feed<unknown>> {
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
    this.#runtime.health.clear(this.#healthKey)
    const feed = this.#feed
    if (feed === null) return
    const { clock } = this.#runtime
    const left = timeLeft(clock, timeout)
    this.#isEnding = true
    this.#watchdog.stop()
    const stopped = guardedCall(() => feed.stop()).catch(ignore)
    // A stop may take as long as a poll: what is here goes back at once, what comes late after it.
    const given = this.#hooks.giveBack()
    await bounded(
      stopped.then(() => given).then(() => this.#hooks.giveBack()),
      clock,
      left(),
    )
    // The connection may be gone while we waited, and its feed with it.
    if (feed !== this.#feed) return
    this.#detach('its consumer was closed')
    // Somebody may have come back: a stopped feed is of no use, and its end need not be waited for.
    this.#open()
    const closed = guardedCall(() => feed.close()).catch(ignore)
    await bounded(closed, clock, left())
  }

  up(driver: Driver): void {
    this.#driver = driver
    this.#open()
  }

  lost(error: MqError): void {
    this.#driver = null
    this.#detach(`the connection is gone: ${error.message}`)
  }

  /**
   * Tell the feed about the window, one call at a time and only when it has changed. A smaller one waits a little: a feed
   * may have to subscribe anew, and the next `receive` wants the room again.
   */
  resize(): void {
    const window = this.#hooks.window()
    if (window >= this.#told || window === 0) return this.#tell(window)
    if (this.#shrink.wheelTick === NOT_SET) this.#runtime.wheel.set(this.#shrink, SHRINK_AFTER)
  }

  #tell(window: number): void {
    const feed = this.#feed
    this.#runtime.wheel.clear(this.#shrink)
    if (feed === null || this.#isEnding || this.#resizing || window === this.#told) return
    this.#told = window
    this.#resizing = true
    guardedCall(() => feed.resize(window))
      .catch((error: unknown) => {
        if (feed !== this.#feed) return
        const { message } = this.classify(error)
        this.#runtime.log.warn({ source: this.#target.name, error: message }, 'the window could not be changed')
      })
      .finally(() => {
        if (feed !== this.#feed) return
        this.#resizing = false
        this.resize()
      })
      .catch(ignore)
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
    this.#told = this.#hooks.window()
    const options = {
      window: this.#told,
      span: driver.manifest.span,
      lease: this.#lease,
      preference: this.#preference,
      browse: false,
    }
    guardedCall(() => driver.open(this.#target, options, this.#sink(epoch))).then(
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
    for (const resolve of this.#waiting.splice(0)) resolve(feed)
    this.resize()
    this.#watch(feed)
  }

  /** Where asking costs nothing. */
  #watch(feed: Feed<unknown>): void {
    const driver = this.#driver
    if (driver?.manifest.stats === 'free') this.#watchdog.watch(partsOf(feed) ?? [this.#wholeOf(feed, driver)])
  }

  /** A feed of one place. */
  #wholeOf(feed: Feed<unknown>, driver: Driver): FeedPart {
    const delivered = (): number => this.#delivered
    return {
      isExclusive: this.#target.exclusive,
      get delivered() {
        return delivered()
      },
      owns: () => true,
      stats: () => driver.stats(this.#target),
      reopen: () => this.#renew(feed),
    }
  }

  /** It stands still and holds nothing. */
  async #renew(feed: Feed<unknown>): Promise<void> {
    if (feed !== this.#feed || this.#isEnding) return
    this.#detach('its feed stood still')
    await guardedCall(() => feed.close()).catch(ignore)
    this.#open()
  }

  #failed(failure: Failure): void {
    this.#detach(failure.message)
    const { name } = this.#target
    const error = errorOf(failure, this.#runtime.adapter, name)
    this.#runtime.health.report(this.#healthKey, 'degraded', `"${name}" cannot be consumed: ${error.message}`)
    if (failure.code === 'MQ_NOT_FOUND') return this.#restore(error)
    if (!failure.retryable) return this.#giveUp(error)
    this.#openLater()
  }

  #openLater(): void {
    this.#runtime.wheel.set(this.#reopen, this.#pause * (0.5 + this.#runtime.random.next() / 2))
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE)
  }

  /** What we consume has vanished: it is declared again, or that was it. */
  #restore(error: MqError): void {
    const answer = this.#runtime.restore(this.#target)
    if (answer === false) return this.#giveUp(error)
    // Nothing else opens it meanwhile.
    this.#opening = true
    const epoch = this.#epoch
    void answer.then((isRestored) => {
      if (epoch !== this.#epoch) return
      this.#opening = false
      if (!isRestored) this.#giveUp(error)
      else if (this.#users > 0) this.#openLater()
    })
  }

  /** It would fail again: whoever consumes is told, and so is who watches. */
  #giveUp(error: MqError): void {
    const { name } = this.#target
    this.#runtime.log.error({ source: name, code: error.code, error: error.message }, 'a source cannot be consumed')
    this.#runtime.emit({ event: 'consume-failed', source: name, error })
    this.#hooks.killed(error)
    // The fact stays until somebody can consume: the users that were just ended have taken it back.
    this.#runtime.health.report(this.#healthKey, 'degraded', `"${name}" cannot be consumed: ${error.message}`)
  }

  get #healthKey(): string {
    return `feed ${this.#target.name}`
  }

  #sink(epoch: number): Sink<unknown> {
    const current = (): boolean => epoch === this.#epoch
    const hooks = this.#hooks
    return {
      deliver: (batch) => {
        if (!current()) return
        this.#delivered += batch.length
        hooks.deliver(batch)
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
    if (feed !== null) void guardedCall(() => feed.close()).catch(ignore)
    this.#failed(failure)
  }

  #detach(why: string): void {
    this.#epoch++
    this.#opening = false
    // A call that the old feed never answers must not keep the next one from hearing of the window.
    this.#resizing = false
    this.#isEnding = false
    this.#runtime.wheel.clear(this.#shrink)
    this.#watchdog.stop()
    this.#feed = null
    this.#hooks.gone(why)
  }
}

function ignore(): void {
  // The feed is given up: how it ends changes nothing.
}
