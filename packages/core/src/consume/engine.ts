import type { MqError } from '../errors.ts'
import { Ring } from '../mechanism/ring.ts'
import type { Runtime } from '../runtime.ts'
import type { Driver } from '../spi/driver.ts'
import type { Incoming, Settlement } from '../spi/messages.ts'
import type { Target } from '../spi/target.ts'
import type { Dependent } from '../supervisor.ts'
import { LOST, READY, SETTLED, TAKEN } from './delivery-state.ts'
import { Delivery } from './delivery.ts'
import { Extensions } from './extensions.ts'
import { FeedLink } from './feed-link.ts'
import { HeldRetries } from './held-retries.ts'
import type { Holder, Taker } from './holder.ts'
import { Holdings } from './holdings.ts'
import { LeaseKeeper } from './lease-keeper.ts'
import type { Outcomes } from './outcomes.ts'
import { leaseLost, Settlements } from './settlements.ts'

/** Settlements on their way, beyond which nothing more is taken in. */
const MOST_LEAVING = 1000

type Release = Extract<Settlement<unknown>, { action: 'release' }>

/**
 * Consumes one source: one feed, however many subscriptions and pulls share it. Deliveries come into the ready ring, takers
 * take them out; settlements, leases and the feed each have a keeper of their own. What becomes of a failure is `Outcomes`' word.
 */
export class SourceEngine implements Dependent {
  readonly source: string
  readonly lease: number
  readonly #runtime: Runtime
  readonly #outcomes: Outcomes
  readonly #link: FeedLink
  readonly #holdings = new Holdings()
  readonly #settlements: Settlements
  readonly #keeper: LeaseKeeper
  readonly #extensions: Extensions
  readonly #retries: HeldRetries
  readonly #ready = new Ring<Delivery>()
  readonly #takers: Taker[] = []
  #nextTaker = 0
  /** Pulled messages that users hold: they take no room from handlers. */
  #inHand = 0
  #dispatching = false
  #wanted: Wanted | null = null

  constructor(runtime: Runtime, target: Target, lease: number, outcomes: Outcomes) {
    this.source = target.name
    this.lease = lease
    this.#runtime = runtime
    this.#outcomes = outcomes
    this.#link = new FeedLink(runtime, target, lease, {
      deliver: (batch) => this.#deliver(batch),
      demand: () => this.#demand(),
      revoke: (lost) => this.#revoke(lost),
      window: () => this.#room(),
      opened: (feed) => this.#settlements.use(feed),
      gone: (why) => this.#gone(why),
      killed: (error) => {
        for (const taker of [...this.#takers]) taker.killed(error)
      },
      giveBack: () => this.#giveBack(),
    })
    this.#settlements = new Settlements(runtime, this.#holdings, {
      source: target.name,
      classify: (error) => this.#link.classify(error),
      lost: (delivery, error) => this.#lose(delivery, error),
      answered: () => this.#wake(),
    })
    this.#keeper = new LeaseKeeper(runtime, lease, this.#holdings.kept, {
      extend: (deliveries, ms, before) => this.#extensions.renew(deliveries, ms, before),
      lost: (delivery) => this.#lose(delivery, leaseLost(delivery, 'its lease ran out')),
    })
    this.#extensions = new Extensions(runtime, target.name, this.#link, this.#holdings, {
      lost: (delivery, error) => this.#lose(delivery, error),
      again: () => this.#keeper.again(),
    })
    this.#retries = new HeldRetries(runtime, this.#holdings, (delivery) => this.#again(delivery))
  }

  up(driver: Driver): void {
    this.#link.up(driver)
  }

  lost(error: MqError): void {
    this.#link.lost(error)
  }

  /** A subscription, or a consumer that pulls, keeps the feed open. Resolves when it is. */
  use(): Promise<void> {
    return this.#link.use()
  }

  /** Bounded by `timeout` milliseconds. */
  unuse(timeout: number): Promise<void> {
    return this.#link.unuse(timeout)
  }

  addTaker(taker: Taker): void {
    this.#takers.push(taker)
    this.#link.nudge()
    this.takerChanged()
  }

  removeTaker(taker: Taker): void {
    const index = this.#takers.indexOf(taker)
    if (index < 0) return
    this.#takers.splice(index, 1)
    this.takerChanged()
  }

  /** A taker came, went, was paused or resumed. */
  takerChanged(): void {
    this.#link.resize()
    if (this.#window() > 0) for (const delivery of this.#retries.unpark()) this.#ready.push(delivery)
    this.dispatch()
  }

  // --- deliveries in

  #deliver(batch: readonly Incoming<unknown>[]): void {
    for (let i = 0; i < batch.length; i++) {
      const delivery = new Delivery(this, batch[i]!)
      this.#holdings.add(delivery)
      this.#ready.push(delivery)
    }
    this.#keeper.watch()
    this.dispatch()
  }

  /** A message that was held after a failure is due. */
  #again(delivery: Delivery): void {
    if (delivery.state !== READY) return
    this.#link.resize()
    this.#ready.push(delivery)
    this.dispatch()
  }

  /** Hand ready deliveries to takers, in turn, as long as there are both. */
  dispatch(): void {
    // A handler that runs within the loop ends up here again: the loop below goes on by itself.
    if (this.#dispatching) return
    if (this.#link.isEnding) return this.#releaseReady()
    this.#dispatching = true
    try {
      this.#handOut()
    } finally {
      this.#dispatching = false
    }
    if (this.#ready.length > 0 && this.#window() === 0) this.#clearReady()
    this.#wake()
  }

  #handOut(): void {
    for (let delivery = this.#ready.peek(); delivery !== undefined; delivery = this.#ready.peek()) {
      if (delivery.state === READY) {
        const taker = this.#freeTaker()
        if (taker === undefined) return
        this.#ready.shift()
        this.#hand(delivery, taker)
      } else this.#ready.shift()
    }
  }

  #hand(delivery: Delivery, taker: Taker): void {
    delivery.holder = taker
    delivery.state = TAKEN
    const unfit = this.#outcomes.open(delivery, taker.options)
    if (unfit === undefined) taker.take(delivery)
    else this.#conclude(delivery, unfit)
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

  /** The window as the feed needs it: what users hold in hand and what waits for a retry come on top. */
  #room(): number {
    const window = this.#window()
    const extra = this.#inHand + this.#retries.size
    // In powers of two, so that a feed that has to subscribe anew seldom does.
    const room = window === 0 || extra === 0 ? window : window + 2 ** Math.ceil(Math.log2(extra))
    return Math.min(room, this.#link.span)
  }

  #free(): number {
    // What is on its way out needs no handler any more; it is bounded by itself, for a broker that is slower than handlers.
    if (this.#holdings.leaving.size >= MOST_LEAVING) return 0
    const room = this.#window() - (this.#holdings.kept.size - this.#inHand - this.#retries.size)
    return Math.max(0, Math.min(room, this.#link.span - this.#holdings.size))
  }

  #demand(): number | Promise<number> {
    const free = this.#free()
    if (free > 0) return free
    this.#wanted ??= new Wanted()
    return this.#wanted.promise
  }

  /** There may be room again: tell the feed that waits for it. */
  #wake(): void {
    if (this.#wanted === null) return
    const free = this.#free()
    if (free === 0) return
    const wanted = this.#wanted
    this.#wanted = null
    wanted.resolve(free)
  }

  /** A pull hands its messages to the user. */
  pulled(delivery: Delivery, holder: Holder): void {
    delivery.holder = holder
    if (delivery.state !== TAKEN) return
    this.#inHand++
    this.#link.resize()
  }

  // --- settlements out

  /** A verb of the user. Rejects with MQ_ALREADY_SETTLED or MQ_LEASE_LOST. */
  settleFor(delivery: Delivery, settlement: Settlement<unknown>): Promise<void> {
    const refusal = this.#settlements.refusal(delivery)
    if (refusal !== undefined) return refusal
    this.#leaveHand(delivery)
    if (this.#isHeld(settlement)) {
      this.#hold(delivery, settlement)
      return Promise.resolve()
    }
    return this.#settlements.awaited(delivery, settlement)
  }

  /** A verb of the user that counts as, or asks for, a failure. */
  failFor(delivery: Delivery, error: unknown): Promise<void> {
    return this.#settlements.refusal(delivery) ?? this.settleFor(delivery, this.#outcomes.judge(delivery, error))
  }

  /** A user wants to keep a message for at least `ms` from now. */
  extendFor(delivery: Delivery, ms: number): Promise<void> {
    const refusal = this.#settlements.refusal(delivery)
    if (refusal !== undefined) return refusal
    // It never shortens a hold that is longer.
    if (this.#link.feed !== null && delivery.holder?.inHand === true)
      this.#runtime.wheel.set(delivery, Math.max(ms, this.#runtime.wheel.remaining(delivery)))
    return this.#extensions.extend(delivery, Math.max(ms, this.lease))
  }

  /** The handler returned without a word: done. */
  acknowledge(delivery: Delivery): void {
    this.#settlements.settle(delivery, { receipt: delivery.incoming.receipt, action: 'ack' })
  }

  /** The handler failed, or its time ran out. */
  fail(delivery: Delivery, error: unknown): void {
    this.#leaveHand(delivery)
    this.#conclude(delivery, this.#outcomes.judge(delivery, error))
  }

  #conclude(delivery: Delivery, settlement: Settlement<unknown>): void {
    if (this.#isHeld(settlement)) this.#hold(delivery, settlement)
    else this.#settlements.settle(delivery, settlement)
  }

  #isHeld(settlement: Settlement<unknown>): settlement is Release {
    if (settlement.action !== 'release' || this.#link.countsFailures) return false
    return settlement.failed || settlement.delay > 0
  }

  /** The broker does not count failures: the message waits here. */
  #hold(delivery: Delivery, release: Release): void {
    this.#retries.hold(delivery, release)
    this.#keeper.watch()
    this.#link.resize()
    this.#wake()
    if (release.failed) this.#link.advise(release)
  }

  /** Give back unharmed: available at once, nothing counted. */
  release(delivery: Delivery): void {
    this.#leaveHand(delivery)
    const { receipt, note } = delivery.incoming
    this.#settlements.settle(delivery, {
      receipt,
      action: 'release',
      delay: 0,
      failed: false,
      attempt: delivery.failures,
      note,
    })
  }

  /** Resolves when everything that was settled has been answered. */
  idle(): Promise<void> {
    return this.#settlements.idle()
  }

  /** A user who pulled it lets go of it. A handler's timeout goes on: it bounds the run, whatever was settled before. */
  #leaveHand(delivery: Delivery): void {
    if (delivery.state !== TAKEN || delivery.holder?.inHand !== true) return
    this.#inHand--
    this.#runtime.wheel.clear(delivery)
    delivery.holder.left?.(delivery)
    this.#link.resize()
  }

  // --- losing and giving back

  #lose(delivery: Delivery, error: MqError): void {
    if (delivery.state >= SETTLED) return
    this.#leaveHand(delivery)
    const mattered = delivery.state === TAKEN || delivery.waiter !== null
    delivery.state = LOST
    delivery.settlement = null
    this.#retries.forget(delivery)
    this.#holdings.drop(delivery)
    if (mattered) this.#runtime.emit({ event: 'lease-lost', source: this.source, id: delivery.id })
    delivery.abort(error)
    const { waiter, extensions } = delivery
    delivery.waiter = null
    delivery.extensions = null
    waiter?.reject(error)
    for (const asker of extensions ?? []) asker.reject(error)
    this.#settlements.decided(delivery)
    this.#wake()
  }

  #revoke(lost: (receipt: unknown) => boolean): void {
    for (const delivery of this.#holdings.all()) {
      if (lost(delivery.incoming.receipt)) this.#lose(delivery, leaseLost(delivery, 'the broker has taken it back'))
    }
  }

  #gone(why: string): void {
    this.#settlements.use(null)
    this.#keeper.stop()
    this.#wanted = null
    this.#ready.clear()
    for (const delivery of this.#holdings.all()) this.#lose(delivery, leaseLost(delivery, why))
  }

  /** The feed closes: with what waits for a retry here, others may go on at once. */
  #giveBack(): Promise<void> {
    this.#releaseReady()
    for (const delivery of this.#retries.all()) {
      this.#retries.forget(delivery)
      this.release(delivery)
    }
    return this.#settlements.idle()
  }

  /** Nobody takes anything for now: give back what has not failed here. */
  #clearReady(): void {
    this.#eachReady((delivery) => {
      if (this.#retries.knows(delivery)) this.#retries.park(delivery)
      else this.release(delivery)
    })
  }

  #releaseReady(): void {
    this.#eachReady((delivery) => this.release(delivery))
  }

  #eachReady(what: (delivery: Delivery) => void): void {
    for (let delivery = this.#ready.shift(); delivery !== undefined; delivery = this.#ready.shift()) {
      if (delivery.state === READY) what(delivery)
    }
  }
}

/** A feed waits until deliveries are wanted. */
class Wanted {
  readonly promise: Promise<number>
  resolve!: (demand: number) => void

  constructor() {
    this.promise = new Promise((resolve) => {
      this.resolve = resolve
    })
  }
}
