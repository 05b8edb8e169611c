import { MqError } from '../errors.ts'
import { Ring } from '../mechanism/ring.ts'
import { WakeUp } from '../mechanism/wake-up.ts'
import type { Runtime } from '../runtime.ts'
import type { Driver, Feed, Sink } from '../spi/driver.ts'
import type { Failure, Incoming, Settlement } from '../spi/messages.ts'
import type { Target } from '../spi/target.ts'
import { errorOf, type Dependent } from '../supervisor.ts'
import { LOST, READY, SETTLED, SETTLING, TAKEN } from './delivery-state.ts'
import { Delivery } from './delivery.ts'
import type { Holder, Taker } from './holder.ts'
import { LeaseKeeper } from './lease-keeper.ts'
import type { Outcomes } from './outcomes.ts'
import { Settler } from './settler.ts'

const FIRST_SETTLE_PAUSE = 100
const LONGEST_SETTLE_PAUSE = 5000
const FIRST_OPEN_PAUSE = 100
const LONGEST_OPEN_PAUSE = 10_000

/**
 * Consumes one source: one feed, however many subscriptions and pulls share it. Deliveries come into the ready ring, takers
 * take them out, settlements gather in the settler, leases are kept by the keeper. What becomes of a failure is `Outcomes`' word.
 */
export class SourceEngine implements Dependent {
  readonly source: string
  readonly lease: number
  readonly #runtime: Runtime
  readonly #target: Target
  readonly #outcomes: Outcomes
  readonly #settler: Settler
  readonly #keeper: LeaseKeeper
  readonly #ready = new Ring<Delivery>()
  readonly #takers: Taker[] = []
  readonly #unsettled = new Set<Delivery>()
  readonly #reopen = new WakeUp(() => this.#open())
  #driver: Driver | null = null
  #feed: Feed<unknown> | null = null
  #opening = false
  #epoch = 0
  #openPause = FIRST_OPEN_PAUSE
  #users = 0
  #nextTaker = 0
  #inHand = 0
  #dispatching = false
  /** Settlements that failed in transit and wait for another try. */
  #unanswered: Delivery[] = []
  #settlePause = FIRST_SETTLE_PAUSE
  readonly #again = new WakeUp(() => this.#settleAgain())
  #wanted: ((demand: number) => void) | null = null
  #openWaiters: (() => void)[] = []

  constructor(runtime: Runtime, target: Target, lease: number, outcomes: Outcomes) {
    this.#runtime = runtime
    this.#target = target
    this.source = target.name
    this.lease = lease
    this.#outcomes = outcomes
    this.#settler = new Settler({
      classify: (error) => this.#classify(error),
      settled: (delivery) => this.#settled(delivery),
      failed: (delivery, failure) => this.#settleFailed(delivery, failure),
      answered: () => this.#wake(),
    })
    this.#keeper = new LeaseKeeper(runtime, lease, {
      extend: (deliveries, ms) => this.#extendAll(deliveries, ms),
      lost: (delivery) => this.#lose(delivery, leaseLost(delivery, 'its lease ran out')),
    })
  }

  // --- users: a subscription or a consumer that pulls keeps the feed open

  /** Resolves when the feed is open. */
  use(): Promise<void> {
    this.#users++
    this.#open()
    if (this.#feed !== null) return Promise.resolve()
    return new Promise((resolve) => this.#openWaiters.push(resolve))
  }

  /** The last user closes the feed; what nobody took goes back. */
  async unuse(): Promise<void> {
    if (--this.#users > 0) return
    const feed = this.#feed
    this.#runtime.wheel.clear(this.#reopen)
    this.#releaseReady()
    if (feed === null) return
    await feed.stop().catch(() => undefined)
    this.#releaseReady()
    await this.#settler.idle()
    if (this.#users > 0 || feed !== this.#feed) return
    this.#detachFeed()
    await feed.close().catch(() => undefined)
  }

  addTaker(taker: Taker): void {
    this.#takers.push(taker)
    this.#windowChanged()
    this.dispatch()
  }

  removeTaker(taker: Taker): void {
    const index = this.#takers.indexOf(taker)
    if (index < 0) return
    this.#takers.splice(index, 1)
    this.#windowChanged()
  }

  /** A taker was paused or resumed, or wants more. */
  takerChanged(): void {
    this.#windowChanged()
    this.dispatch()
  }

  // --- the connection

  up(driver: Driver): void {
    this.#driver = driver
    if (this.#users > 0) this.#open()
  }

  lost(error: MqError): void {
    this.#driver = null
    this.#loseAll(`the connection is gone: ${error.message}`)
  }

  #open(): void {
    const driver = this.#driver
    if (driver === null || this.#feed !== null || this.#opening || this.#users === 0) return
    this.#opening = true
    const epoch = ++this.#epoch
    const options = { window: this.#window(), span: driver.manifest.span, lease: this.lease, preference: 1, browse: false }
    driver.open(this.#target, options, this.#sink(epoch)).then(
      (feed) => this.#opened(epoch, feed),
      (error: unknown) => this.#openFailed(epoch, driver.classify(error)),
    )
  }

  #opened(epoch: number, feed: Feed<unknown>): void {
    this.#opening = false
    if (epoch !== this.#epoch || this.#users === 0) return void feed.close().catch(() => undefined)
    this.#feed = feed
    this.#openPause = FIRST_OPEN_PAUSE
    this.#runtime.health.clear(`feed ${this.source}`)
    this.#settler.use(feed)
    for (const resolve of this.#openWaiters.splice(0)) resolve()
    this.#windowChanged()
  }

  #openFailed(epoch: number, failure: Failure): void {
    this.#opening = false
    if (epoch !== this.#epoch) return
    const error = errorOf(failure, this.#runtime.adapter, this.source)
    if (!failure.retryable) {
      for (const taker of [...this.#takers]) taker.killed(error)
      return
    }
    this.#runtime.health.report(`feed ${this.source}`, 'degraded', `"${this.source}" cannot be consumed: ${error.message}`)
    this.#runtime.wheel.set(this.#reopen, this.#openPause)
    this.#openPause = Math.min(this.#openPause * 2, LONGEST_OPEN_PAUSE)
  }

  #sink(epoch: number): Sink<unknown> {
    const current = (): boolean => epoch === this.#epoch
    return {
      deliver: (batch) => {
        if (current()) this.#deliver(batch)
      },
      demand: () => (current() ? this.#demand() : new Promise<number>(() => undefined)),
      revoke: (lost) => {
        if (current()) this.#revoke(lost)
      },
      fail: (error) => {
        if (current()) this.#feedFailed(this.#classify(error))
      },
    }
  }

  #feedFailed(failure: Failure): void {
    const feed = this.#feed
    this.#loseAll(failure.message)
    if (feed !== null) void feed.close().catch(() => undefined)
    this.#openFailed(this.#epoch, failure)
  }

  #detachFeed(): void {
    this.#epoch++
    this.#opening = false
    this.#feed = null
    this.#settler.use(null)
    this.#keeper.stop()
    this.#unanswered = []
    this.#runtime.wheel.clear(this.#again)
    this.#wanted = null
  }

  #classify(error: unknown): Failure {
    if (this.#driver !== null) return this.#driver.classify(error)
    return { code: 'MQ_CONNECTION', retryable: true, outcome: 'unknown', message: 'the connection is gone', cause: error }
  }

  // --- deliveries in

  #deliver(batch: readonly Incoming<unknown>[]): void {
    for (let i = 0; i < batch.length; i++) {
      const delivery = new Delivery(this, batch[i]!)
      this.#unsettled.add(delivery)
      this.#keeper.keep(delivery)
      this.#ready.push(delivery)
    }
    this.dispatch()
  }

  /** Hand ready deliveries to takers, in turn, as long as there are both. */
  dispatch(): void {
    // A handler that runs within the loop ends up here again: the loop below goes on by itself.
    if (this.#dispatching) return
    this.#dispatching = true
    try {
      for (let delivery = this.#ready.peek(); delivery !== undefined; delivery = this.#ready.peek()) {
        if (delivery.state === READY) {
          const taker = this.#freeTaker()
          if (taker === undefined) break
          this.#ready.shift()
          this.#hand(delivery, taker)
        } else this.#ready.shift()
      }
    } finally {
      this.#dispatching = false
    }
    if (this.#ready.length > 0 && this.#window() === 0) this.#releaseReady()
    this.#wake()
  }

  #hand(delivery: Delivery, taker: Taker): void {
    delivery.holder = taker
    delivery.state = TAKEN
    const verdict = this.#outcomes.open(delivery, taker.options)
    if (verdict === undefined) taker.take(delivery)
    else this.settle(delivery, verdict)
  }

  #freeTaker(): Taker | undefined {
    const count = this.#takers.length
    for (let i = 0; i < count; i++) {
      const taker = this.#takers[(this.#nextTaker + i) % count]!
      if (taker.free > 0) {
        if (count > 1) this.#nextTaker = (this.#nextTaker + i + 1) % count
        return taker
      }
    }
    return undefined
  }

  // --- demand

  #window(): number {
    let window = 0
    for (const taker of this.#takers) window += taker.window
    return window
  }

  #free(): number {
    return Math.max(0, this.#window() - (this.#unsettled.size - this.#inHand))
  }

  #demand(): number | Promise<number> {
    const free = this.#free()
    if (free > 0) return free
    return new Promise((resolve) => {
      this.#wanted = resolve
    })
  }

  /** There may be room again: tell the feed that waits for it. */
  #wake(): void {
    if (this.#wanted === null) return
    const free = this.#free()
    if (free === 0) return
    const wanted = this.#wanted
    this.#wanted = null
    wanted(free)
  }

  #windowChanged(): void {
    this.#feed?.resize(this.#window()).catch((error: unknown) => {
      this.#runtime.log.warn({ source: this.source, error: this.#classify(error).message }, 'the window could not be changed')
    })
    this.#wake()
  }

  /** Pulled messages lie in a user's hand: they must not shrink what handlers get. */
  pulled(delivery: Delivery, holder: Holder): void {
    delivery.holder = holder
    if (delivery.state === TAKEN) this.#inHand++
  }

  // --- settlements out

  /** A verb of the user. Rejects with MQ_ALREADY_SETTLED or MQ_LEASE_LOST. */
  settleFor(delivery: Delivery, settlement: Settlement<unknown>): Promise<void> {
    const refusal = this.#refusal(delivery)
    if (refusal !== undefined) return refusal
    const settled = new Promise<void>((resolve, reject) => {
      delivery.waiter = { resolve, reject }
    })
    // Not awaiting a verb is allowed: its failure is an event, not a crash.
    settled.catch(() => undefined)
    this.settle(delivery, settlement)
    return settled
  }

  /** A verb of the user that counts as, or asks for, a failure. */
  failFor(delivery: Delivery, error: unknown): Promise<void> {
    return this.#refusal(delivery) ?? this.settleFor(delivery, this.#outcomes.judge(delivery, error))
  }

  extendFor(delivery: Delivery, ms: number): Promise<void> {
    const refusal = this.#refusal(delivery)
    if (refusal !== undefined) return refusal
    const feed = this.#feed!
    if (delivery.holder?.inHand === true) this.#runtime.wheel.set(delivery, Math.max(ms, delivery.holder.options.timeout))
    const lease = Math.max(ms, this.lease)
    const extended = feed.settle([{ receipt: delivery.incoming.receipt, action: 'extend', lease }], true).then((result) => {
      const failure = result.failed?.[0]?.failure
      if (failure !== undefined) throw errorOf(failure, this.#runtime.adapter, this.source)
    })
    extended.catch(() => undefined)
    return extended
  }

  /** The handler returned without a word: done. */
  acknowledge(delivery: Delivery): void {
    this.settle(delivery, { receipt: delivery.incoming.receipt, action: 'ack' })
  }

  /** The handler failed, or its time ran out. */
  fail(delivery: Delivery, error: unknown): void {
    this.settle(delivery, this.#outcomes.judge(delivery, error))
  }

  /** Give back unharmed: available at once, nothing counted. */
  release(delivery: Delivery): void {
    this.settle(delivery, releaseOf(delivery))
  }

  settle(delivery: Delivery, settlement: Settlement<unknown>): void {
    this.#leaveHand(delivery)
    delivery.state = SETTLING
    delivery.settlement = settlement
    this.#keeper.forget(delivery)
    this.#settler.add(delivery, settlement, delivery.waiter !== null)
  }

  /** Settlements that failed in transit: again, as long as the lease lasts. */
  #settleAgain(): void {
    const now = this.#runtime.clock.monotonic()
    for (const delivery of this.#unanswered.splice(0)) {
      if (delivery.state !== SETTLING || delivery.settlement === null) continue
      const timedOut = delivery.leaseUntil !== 0 && now >= delivery.leaseUntil
      if (timedOut) this.#lose(delivery, leaseLost(delivery, 'its settlement did not reach the broker in time'))
      else {
        this.#keeper.forget(delivery)
        this.#settler.add(delivery, delivery.settlement, true)
      }
    }
  }

  /** Resolves when everything that was settled has been answered. */
  idle(): Promise<void> {
    return this.#settler.idle()
  }

  /** A user who pulled it lets go of it. A handler's timeout goes on: it bounds the run, whatever was settled before. */
  #leaveHand(delivery: Delivery): void {
    if (delivery.state !== TAKEN || delivery.holder?.inHand !== true) return
    this.#inHand--
    this.#runtime.wheel.clear(delivery)
  }

  #refusal(delivery: Delivery): Promise<never> | undefined {
    if (delivery.state <= TAKEN) return undefined
    const error =
      delivery.state === LOST
        ? leaseLost(delivery, 'it belongs to somebody else by now')
        : new MqError('MQ_ALREADY_SETTLED', `message ${delivery.id} of "${this.source}" has been settled already; the first settlement counts`, { destination: this.source })
    const refused = Promise.reject<never>(error)
    refused.catch(() => undefined)
    return refused
  }

  #settled(delivery: Delivery): void {
    if (delivery.state !== SETTLING) return
    delivery.state = SETTLED
    this.#unsettled.delete(delivery)
    this.#settlePause = FIRST_SETTLE_PAUSE
    const { waiter } = delivery
    if (waiter === null) return
    delivery.waiter = null
    waiter.resolve()
  }

  #settleFailed(delivery: Delivery, failure: Failure): void {
    if (delivery.state !== SETTLING) return
    const error = errorOf(failure, this.#runtime.adapter, this.source)
    if (failure.code === 'MQ_LEASE_LOST') return this.#lose(delivery, leaseLost(delivery, failure.message))
    this.#runtime.emit({ event: 'settle-failed', source: this.source, id: delivery.id, error })
    if (!failure.retryable) return this.#lose(delivery, error)
    if (this.#unanswered.length === 0) {
      this.#runtime.wheel.set(this.#again, this.#settlePause)
      this.#settlePause = Math.min(this.#settlePause * 2, LONGEST_SETTLE_PAUSE)
    }
    this.#unanswered.push(delivery)
    // A dead-letter queue that cannot be written: the message stays, under lease, until it can.
    if (delivery.settlement?.action === 'move') this.#stays(delivery, error)
  }

  #stays(delivery: Delivery, error: MqError): void {
    this.#keeper.keep(delivery)
    this.#runtime.health.report(`dead ${this.source}`, 'degraded', `the dead-letter queue of "${this.source}" cannot be written: ${error.message}`)
  }

  #extendAll(deliveries: readonly Delivery[], lease: number): void {
    const feed = this.#feed
    if (feed === null) return
    const batch = deliveries.map((delivery) => ({ receipt: delivery.incoming.receipt, action: 'extend' as const, lease }))
    feed.settle(batch, false).then(
      ({ failed }) => {
        for (const { index, failure } of failed ?? []) {
          if (failure.code === 'MQ_LEASE_LOST') this.#lose(deliveries[index]!, leaseLost(deliveries[index]!, failure.message))
        }
      },
      // The keeper comes again at the next half-life; the lease itself is the deadline.
      (error: unknown) => this.#runtime.log.warn({ source: this.source, error: this.#classify(error).message }, 'leases could not be extended'),
    )
  }

  // --- losing and giving back

  #lose(delivery: Delivery, error: MqError): void {
    if (delivery.state >= SETTLED) return
    this.#leaveHand(delivery)
    const wasTaken = delivery.state === TAKEN
    delivery.state = LOST
    delivery.settlement = null
    this.#unsettled.delete(delivery)
    this.#keeper.forget(delivery)
    if (wasTaken || delivery.waiter !== null) this.#runtime.emit({ event: 'lease-lost', source: this.source, id: delivery.id })
    delivery.abort(error)
    const { waiter } = delivery
    delivery.waiter = null
    waiter?.reject(error)
    this.#wake()
  }

  #loseAll(why: string): void {
    this.#detachFeed()
    this.#ready.clear()
    for (const delivery of [...this.#unsettled]) this.#lose(delivery, leaseLost(delivery, why))
  }

  #revoke(lost: (receipt: unknown) => boolean): void {
    for (const delivery of [...this.#unsettled]) {
      if (lost(delivery.incoming.receipt)) this.#lose(delivery, leaseLost(delivery, 'the broker has taken it back'))
    }
  }

  #releaseReady(): void {
    for (let delivery = this.#ready.shift(); delivery !== undefined; delivery = this.#ready.shift()) {
      if (delivery.state === READY) this.release(delivery)
    }
  }
}

function releaseOf(delivery: Delivery): Settlement<unknown> {
  const { receipt, note } = delivery.incoming
  return { receipt, action: 'release', delay: 0, failed: false, attempt: delivery.failures, note }
}

function leaseLost(delivery: Delivery, why: string): MqError<'MQ_LEASE_LOST'> {
  return new MqError('MQ_LEASE_LOST', `message ${delivery.id} of "${delivery.source}" is no longer ours: ${why}`, { destination: delivery.source })
}
