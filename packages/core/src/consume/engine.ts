import type { MqError } from '../errors.ts'
import type { Runtime } from '../runtime.ts'
import type { Driver } from '../spi/driver.ts'
import type { Incoming, Settlement } from '../spi/messages.ts'
import type { Dependent } from '../supervisor.ts'
import { LOST, READY, SETTLED, TAKEN } from './delivery-state.ts'
import { Delivery } from './delivery.ts'
import { Extensions } from './extensions.ts'
import { FeedLink } from './feed-link.ts'
import { HeldRetries } from './held-retries.ts'
import type { Holder, Taker } from './holder.ts'
import { Holdings } from './holdings.ts'
import { Intake } from './intake.ts'
import { moveOf, type EngineSource, type Judge, type Release } from './judge.ts'
import { KeyChains } from './key-chains.ts'
import { LeaseKeeper } from './lease-keeper.ts'
import { ReadySet } from './ready-set.ts'
import { isWorn, retryWay } from './retry-way.ts'
import { leaseLost, Settlements } from './settlements.ts'

/**
 * Consumes one source: one feed, however many subscriptions and pulls share it. Deliveries come into the ready set, those of a key one
 * at a time; takers take them out; settlements, leases and the feed each have a keeper of their own. What becomes of a failure is the judge's word.
 */
export class SourceEngine implements Dependent {
  readonly source: string
  readonly lease: number
  readonly #runtime: Runtime
  readonly #judge: Judge
  readonly #skips: boolean
  readonly #link: FeedLink
  readonly #holdings = new Holdings()
  readonly #settlements: Settlements
  readonly #keeper: LeaseKeeper
  readonly #extensions: Extensions
  readonly #retries: HeldRetries
  readonly #chains: KeyChains | null
  readonly #ready: ReadySet
  readonly #intake: Intake
  #dispatching = false

  constructor(runtime: Runtime, { target, lease, skips }: EngineSource, judge: Judge) {
    this.source = target.name
    this.lease = lease
    this.#runtime = runtime
    this.#judge = judge
    this.#skips = skips
    this.#ready = new ReadySet(target.levels, target.policy)
    const chains = {
      ready: (delivery: Delivery) => this.#arrive(delivery),
      leave: (delivery: Delivery) => this.#settlements.settle(delivery, delivery.settlement!, true),
      giveBack: (delivery: Delivery) => this.#giveUp(delivery),
    }
    this.#chains = target.ordered ? new KeyChains(chains) : null
    this.#link = new FeedLink(runtime, target, lease, {
      deliver: (batch) => this.#deliver(batch),
      demand: () => this.#intake.demand(),
      revoke: (lost) => this.#revoke(lost),
      window: () => this.#intake.room,
      opened: (feed) => this.#settlements.use(feed),
      gone: (why) => this.#gone(why),
      killed: (error) => this.#intake.killed(error),
      holds: (owns) => this.#holdings.holds(owns),
      giveBackIdle: (owns) => this.#retries.giveBack(owns),
      giveBack: () => this.#giveBack(),
    })
    this.#settlements = new Settlements(runtime, this.#holdings, {
      source: target.name,
      classify: (error) => this.#link.classify(error),
      settled: (delivery) => this.#chains?.settled(delivery),
      lost: (delivery, error) => this.#lose(delivery, error),
      // What came before it in its key has arrived: others may start.
      answered: () => (this.#chains === null ? this.#intake.wake() : this.dispatch()),
    })
    this.#keeper = new LeaseKeeper(runtime, lease, this.#holdings.kept, {
      extend: (deliveries, ms, before) => this.#extensions.renew(deliveries, ms, before),
      lost: (delivery) => this.#lose(delivery, leaseLost(delivery, 'its lease ran out')),
    })
    this.#extensions = new Extensions(runtime, target.name, this.#link, this.#holdings, {
      lost: (delivery, error) => this.#lose(delivery, error),
      again: () => this.#keeper.again(),
    })
    this.#retries = new HeldRetries(runtime, this.#holdings, {
      due: (delivery) => this.#again(delivery),
      overdue: (delivery) => this.#toBroker(delivery),
      maxHold: () => this.#link.manifest?.maxHold ?? Infinity,
    })
    this.#intake = new Intake({
      link: this.#link,
      holdings: this.#holdings,
      retries: this.#retries,
      chains: this.#chains,
      spanFull: (key) => runtime.emit({ event: 'span-full', source: target.name, key }),
    })
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
    this.#intake.takers.push(taker)
    this.#link.nudge()
    this.takerChanged()
  }

  removeTaker(taker: Taker): void {
    const { takers } = this.#intake
    const index = takers.indexOf(taker)
    if (index < 0) return
    takers.splice(index, 1)
    this.takerChanged()
  }

  /** A taker came, went, was paused or resumed. */
  takerChanged(): void {
    this.#link.resize()
    if (this.#intake.window > 0) for (const delivery of this.#retries.unpark()) this.#ready.push(delivery)
    this.dispatch()
  }

  // --- deliveries in

  #deliver(batch: readonly Incoming<unknown>[]): void {
    const now = this.#runtime.clock.monotonic()
    for (let i = 0; i < batch.length; i++) {
      const incoming = batch[i]!
      const delivery = new Delivery(this, this.#retries.renewed(incoming) ?? incoming)
      delivery.arrivedAt = now
      this.#holdings.add(delivery)
      if (this.#chains === null || this.#chains.join(delivery)) this.#arrive(delivery)
      else this.#joinRun(delivery)
    }
    this.#keeper.watch()
    this.dispatch()
  }

  /** Nothing is before it. */
  #arrive(delivery: Delivery): void {
    if (!this.#retries.waitsOn(delivery)) this.#ready.push(delivery)
  }

  /** A message that was held after a failure is due. */
  #again(delivery: Delivery): void {
    if (delivery.state !== READY || this.#chains?.isDue(delivery) === false) return
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
    if (this.#ready.length > 0 && this.#intake.window === 0) this.#clearReady()
    this.#intake.wake()
  }

  #handOut(): void {
    for (let delivery = this.#ready.peek(); delivery !== undefined; delivery = this.#ready.peek()) {
      if (delivery.state === READY) {
        const taker = this.#intake.freeTaker()
        if (taker === undefined) return
        this.#ready.shift(true)
        this.#hand(delivery, taker)
        if (delivery.chain !== null) this.#handRun(delivery, taker)
      } else this.#ready.shift(false)
    }
  }

  #hand(delivery: Delivery, taker: Taker): void {
    delivery.holder = taker
    delivery.state = TAKEN
    const unfit = this.#judge.open(delivery, taker.options)
    if (unfit === undefined) taker.take(delivery)
    else this.#conclude(delivery, unfit, false)
  }

  /** A batch that is still open takes those that come next in the key too. */
  #handRun(delivery: Delivery, taker: Taker): void {
    if (taker.canFollow === undefined) return
    for (
      let next = this.#chains!.peekFollower(delivery);
      next !== undefined;
      next = this.#chains!.peekFollower(delivery)
    ) {
      if (taker.free === 0 || !taker.canFollow(next) || this.#retries.waitsOn(next)) return
      this.#hand(this.#chains!.follow(delivery), taker)
    }
  }

  /** It has come behind others of its key, which may be in a batch that is still open. */
  #joinRun({ chain }: Delivery): void {
    const before = chain?.active.at(-1)
    if (before?.state === TAKEN && before.holder !== null) this.#handRun(before, before.holder as Taker)
  }

  /** A pull hands its messages to the user. */
  pulled(delivery: Delivery, holder: Holder): void {
    delivery.holder = holder
    if (delivery.state !== TAKEN) return
    this.#intake.inHand++
    this.#link.resize()
  }

  // --- settlements out

  /** A verb of the user. Rejects with MQ_ALREADY_SETTLED or MQ_LEASE_LOST. */
  settleFor(delivery: Delivery, settlement: Settlement<unknown>): Promise<void> {
    const refusal = this.#settlements.refusal(delivery)
    if (refusal !== undefined) return refusal
    // As long as its handler runs the next of its key must not start.
    const runs = delivery.holder?.inHand === false && !delivery.isOver
    this.#leaveHand(delivery)
    return this.#conclude(delivery, settlement, runs, true)
  }

  /** A verb of the user that counts as, or asks for, a failure. */
  failFor(delivery: Delivery, error: unknown): Promise<void> {
    return this.#settlements.refusal(delivery) ?? this.settleFor(delivery, this.#judge.judge(delivery, error))
  }

  /** A user wants to keep a message for at least `ms` from now. */
  extendFor(delivery: Delivery, ms: number): Promise<void> {
    const refusal = this.#settlements.refusal(delivery) ?? this.#extensions.refusal(ms)
    if (refusal !== undefined) return refusal
    // It never shortens a hold that is longer.
    if (delivery.holder?.inHand === true)
      this.#runtime.wheel.set(delivery, Math.max(ms, this.#runtime.wheel.remaining(delivery)))
    return this.#extensions.extend(delivery, Math.max(ms, this.lease))
  }

  /** The handler returned without a word: done. */
  acknowledge(delivery: Delivery): void {
    this.#conclude(delivery, { receipt: delivery.incoming.receipt, action: 'ack' }, false)
  }

  /** The handler failed, or its time ran out. */
  fail(delivery: Delivery, error: unknown): void {
    this.#leaveHand(delivery)
    this.#conclude(delivery, this.#judge.judge(delivery, error), false)
  }

  /** The handler of a message that was settled or lost before has ended: its key may go on. */
  ended(delivery: Delivery): void {
    delivery.isOver = true
    if (delivery.chain === null) return
    this.#chains!.ended(delivery)
    this.dispatch()
  }

  #conclude(delivery: Delivery, settlement: Settlement<unknown>, runs: boolean, isAwaited: true): Promise<void>
  #conclude(delivery: Delivery, settlement: Settlement<unknown>, runs: boolean): void
  #conclude(delivery: Delivery, given: Settlement<unknown>, runs: boolean, isAwaited = false): Promise<void> | void {
    const keepsPlace = delivery.chain !== null && !this.#skips
    let settlement = given
    if (given.action === 'release') {
      const { manifest } = this.#link
      const way = manifest === null ? 'broker' : retryWay(given, manifest, keepsPlace)
      if (way === 'hold') return this.#hold(delivery, given, runs)
      if (way === 'copy') settlement = moveOf(given.receipt, this.#judge.copy(delivery, given))
    }
    const blocks = keepsPlace && settlement === given
    const mayLeave = delivery.chain === null || this.#chains!.conclude(delivery, settlement, runs, blocks)
    if (isAwaited) return this.#settlements.awaited(delivery, settlement, mayLeave)
    this.#settlements.settle(delivery, settlement, mayLeave)
  }

  /** The message waits here, in its place. */
  #hold(delivery: Delivery, release: Release, runs: boolean): Promise<void> {
    const next = this.#retries.hold(delivery, release)
    if (this.#skips) this.#chains?.skip(delivery)
    else this.#chains?.replace(delivery, next, runs)
    this.#keeper.watch()
    this.#link.resize()
    this.dispatch()
    if (release.failed) this.#link.advise(release)
    return Promise.resolve()
  }

  /** Give back unharmed: available at once, nothing counted. In its place in line where others here may go on. */
  release(delivery: Delivery): void {
    // One before it in its key may have taken it along.
    if (delivery.state !== TAKEN) return
    if (delivery.chain === null || this.#link.isEnding || this.#intake.window === 0) return this.#toBroker(delivery)
    this.#leaveHand(delivery)
    const { attempt, note } = delivery.incoming
    this.#chains!.backInLine(delivery, this.#retries.successor(delivery, attempt, note))
    this.dispatch()
  }

  /** Back to the broker, with everything of its key behind it. */
  #toBroker(delivery: Delivery): void {
    for (const each of this.#chains?.dissolve(delivery) ?? [delivery]) this.#giveUp(each)
  }

  #giveUp(delivery: Delivery): void {
    this.#retries.forget(delivery)
    delivery.chain = null
    this.#leaveHand(delivery)
    if (delivery.state === TAKEN) delivery.abort(leaseLost(delivery, 'it was given back'))
    delivery.rejectAll(leaseLost(delivery, 'what came before it in its key was lost'))
    const { receipt, note } = delivery.incoming
    const release: Release = { receipt, action: 'release', delay: 0, failed: false, attempt: delivery.failures, note }
    const isCopied = this.#chains === null && isWorn(delivery.incoming, this.#link.manifest)
    const settlement = isCopied ? moveOf(receipt, this.#judge.copy(delivery, release)) : release
    this.#settlements.settle(delivery, settlement, true)
  }

  /** Resolves when everything that was settled has been answered. */
  idle(): Promise<void> {
    return this.#settlements.idle()
  }

  /** A user who pulled it lets go of it. A handler's timeout goes on: it bounds the run, whatever was settled before. */
  #leaveHand(delivery: Delivery): void {
    if (delivery.state !== TAKEN || delivery.holder?.inHand !== true) return
    this.#intake.inHand--
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
    delivery.rejectAll(error)
    this.#settlements.decided(delivery)
    if (this.#chains === null) return this.#intake.wake()
    this.#chains.lost(delivery)
    queueMicrotask(() => this.dispatch())
  }

  /** The last of a key first, so that nothing is given back that is not ours. */
  #revoke(lost: (receipt: unknown) => boolean): void {
    const revoked = this.#holdings.all().filter(({ incoming }) => lost(incoming.receipt))
    if (this.#chains !== null) revoked.sort((a, b) => b.place - a.place)
    for (const delivery of revoked) this.#lose(delivery, leaseLost(delivery, 'the broker has taken it back'))
  }

  #gone(why: string): void {
    this.#settlements.use(null)
    this.#keeper.stop()
    this.#intake.clear()
    this.#ready.clear()
    this.#chains?.clear()
    this.#retries.clear()
    for (const delivery of this.#holdings.all()) this.#lose(delivery, leaseLost(delivery, why))
  }

  /** The feed closes: with what waits for a retry here, others may go on at once. */
  #giveBack(): Promise<void> {
    this.#releaseReady()
    for (const delivery of this.#retries.all()) this.#toBroker(delivery)
    return this.#settlements.idle()
  }

  /** Nobody takes anything for now: give back what has not failed here. */
  #clearReady(): void {
    for (const delivery of this.#ready.clear()) {
      if (delivery.state !== READY) continue
      if (this.#retries.knows(delivery)) this.#retries.park(delivery)
      else this.#toBroker(delivery)
    }
  }

  #releaseReady(): void {
    for (const delivery of this.#ready.clear()) if (delivery.state === READY) this.#toBroker(delivery)
  }
}
