import { WakeUp } from '../mechanism/wake-up.ts'
import type { Runtime } from '../runtime.ts'
import { IncomingCopy } from '../spi/incoming-copy.ts'
import type { Incoming } from '../spi/messages.ts'
import { READY, SETTLED } from './delivery-state.ts'
import { Delivery } from './delivery.ts'
import type { Holdings } from './holdings.ts'
import type { Release } from './judge.ts'

/** What the held messages ask of the engine. */
export interface HeldHooks {
  /** Its wait is over. */
  due(delivery: Delivery): void
  /** The broker keeps it no longer for us: it has to go back and come again. */
  overdue(delivery: Delivery): void
  /** The longest that one delivery can be held, milliseconds. */
  maxHold(): number
}

/** How long a message waits here. */
interface Wait {
  readonly wakeUp: WakeUp
  readonly dueAt: number
}

/** A message that has to go back and come again while it waits. */
interface Renewal {
  readonly dueAt: number
  readonly attempt: number
  readonly note: string
  readonly forget: WakeUp
}

/** Of the longest hold so much is used: what goes back must be back in time. */
const USED = 0.9

/**
 * A message that waits for its next attempt without leaving its place, or because its broker does not count failures, stays here:
 * unsettled, its lease renewed, its count in memory. It holds no slot of a handler and takes no room in the window. If the process dies
 * the broker delivers it again, and the count begins where the broker kept it.
 */
export class HeldRetries {
  readonly #runtime: Runtime
  readonly #holdings: Holdings
  readonly #hooks: HeldHooks
  readonly #waiting = new Map<Delivery, Wait>()
  /** Due while nobody takes anything: giving them back would forget their failures. */
  readonly #parked = new Map<Delivery, WakeUp>()
  readonly #known = new WeakSet<Incoming<unknown>>()
  readonly #renewals = new Map<string, Renewal>()

  constructor(runtime: Runtime, holdings: Holdings, hooks: HeldHooks) {
    this.#runtime = runtime
    this.#holdings = holdings
    this.#hooks = hooks
  }

  get size(): number {
    return this.#waiting.size + this.#parked.size
  }

  /** The delivery is over; the same message comes again, as the returned one, after `release.delay` milliseconds. */
  hold(delivery: Delivery, { delay, attempt, note }: Release): Delivery {
    const next = this.successor(delivery, attempt, note)
    this.#known.add(next.incoming)
    this.#wait(next, this.#runtime.clock.monotonic() + delay)
    return next
  }

  /** The same message under the same lease, as if it had just come. */
  successor(delivery: Delivery, attempt: number, note: string): Delivery {
    delivery.state = SETTLED
    delivery.settlement = null
    const { incoming } = delivery
    const next = new Delivery(delivery.engine, new IncomingCopy(incoming, incoming.receipt, attempt, note))
    next.leaseUntil = delivery.leaseUntil
    next.arrivedAt = delivery.arrivedAt
    this.#holdings.replace(delivery, next)
    if (this.#known.has(incoming)) this.#known.add(next.incoming)
    return next
  }

  /** True for a message whose failures only this process knows. */
  knows(delivery: Delivery): boolean {
    return this.#known.has(delivery.incoming)
  }

  /** It is kept as long as one delivery can be held. */
  park(delivery: Delivery): void {
    const overdue = new WakeUp(() => {
      this.#parked.delete(delivery)
      this.#hooks.overdue(delivery)
    })
    this.#parked.set(delivery, overdue)
    const limit = this.#limitOf(delivery)
    if (limit !== Infinity) this.#runtime.wheel.set(overdue, limit - this.#runtime.clock.monotonic())
  }

  /** Somebody takes messages again. */
  unpark(): Delivery[] {
    const parked = [...this.#parked.keys()]
    for (const overdue of this.#parked.values()) this.#runtime.wheel.clear(overdue)
    this.#parked.clear()
    return parked
  }

  /** Lost or given back: it is not due any more. */
  forget(delivery: Delivery): void {
    const wait = this.#waiting.get(delivery)
    if (wait !== undefined) this.#runtime.wheel.clear(wait.wakeUp)
    this.#waiting.delete(delivery)
    const overdue = this.#parked.get(delivery)
    if (overdue !== undefined) this.#runtime.wheel.clear(overdue)
    this.#parked.delete(delivery)
  }

  /** All that wait, in the order in which they began to. */
  all(): Delivery[] {
    return [...this.#waiting.keys(), ...this.#parked.keys()]
  }

  /** A message has come that went back while it waited: it goes on waiting here, with its count. Undefined: it is another one. */
  renewed(incoming: Incoming<unknown>): Incoming<unknown> | undefined {
    // Looking up an id that was never seen costs as much as everything else that is done with a message here.
    if (this.#renewals.size === 0) return undefined
    const renewal = this.#renewals.get(incoming.id)
    if (renewal === undefined) return undefined
    const copy = new IncomingCopy(incoming, incoming.receipt, renewal.attempt, renewal.note)
    this.#known.add(copy)
    return copy
  }

  /** Its turn has come. True: it still has to wait, and does. */
  waitsOn(delivery: Delivery): boolean {
    if (this.#waiting.size + this.#renewals.size === 0) return false
    if (this.#waiting.has(delivery)) return true
    const renewal = this.#renewals.get(delivery.id)
    if (renewal === undefined) return false
    this.#renewals.delete(delivery.id)
    this.#runtime.wheel.clear(renewal.forget)
    this.#wait(delivery, renewal.dueAt)
    return true
  }

  /** The feed is gone: what went back comes to whoever is next. */
  clear(): void {
    for (const { forget } of this.#renewals.values()) this.#runtime.wheel.clear(forget)
    this.#renewals.clear()
  }

  #wait(delivery: Delivery, dueAt: number): void {
    const now = this.#runtime.clock.monotonic()
    const limit = this.#limitOf(delivery)
    const isOverdue = dueAt > limit
    const wakeUp = new WakeUp(() => {
      this.#waiting.delete(delivery)
      if (isOverdue) this.#goBack(delivery, dueAt)
      else this.#hooks.due(delivery)
    })
    this.#waiting.set(delivery, { wakeUp, dueAt })
    this.#runtime.wheel.set(wakeUp, (isOverdue ? limit : dueAt) - now)
  }

  #limitOf({ arrivedAt }: Delivery): number {
    return arrivedAt + this.#hooks.maxHold() * USED
  }

  /** Give back, in order, what no handler runs. What comes straight back waits on here, with its count. */
  giveBack(owns: (receipt: unknown) => boolean): void {
    const idle = this.#holdings
      .all()
      .filter(({ state, incoming }) => state === READY && owns(incoming.receipt))
      .sort((a, b) => a.place - b.place)
    for (const delivery of idle) {
      const wait = this.#waiting.get(delivery)
      if (wait !== undefined) this.#remember(delivery, wait.dueAt)
    }
    // Each takes along what is behind it in its key.
    for (const delivery of idle) if (delivery.state === READY) this.#hooks.overdue(delivery)
  }

  #goBack(delivery: Delivery, dueAt: number): void {
    this.#remember(delivery, dueAt)
    this.#hooks.overdue(delivery)
  }

  #remember({ id, incoming }: Delivery, dueAt: number): void {
    const before = this.#renewals.get(id)
    if (before !== undefined) this.#runtime.wheel.clear(before.forget)
    const forget = new WakeUp(() => this.#renewals.delete(id))
    this.#renewals.set(id, { dueAt, attempt: incoming.attempt, note: incoming.note, forget })
    this.#runtime.wheel.set(forget, dueAt - this.#runtime.clock.monotonic())
  }
}
