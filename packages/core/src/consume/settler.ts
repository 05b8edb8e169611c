import { guardedCall } from '../mechanism/guarded-call.ts'
import { NOT_SET, type TimerWheel } from '../mechanism/timer-wheel.ts'
import { WakeUp } from '../mechanism/wake-up.ts'
import type { Feed } from '../spi/driver.ts'
import type { BatchResult, Failure, Settlement } from '../spi/messages.ts'
import type { Delivery } from './delivery.ts'

/** What the settler asks of the engine. */
export interface SettleHooks {
  classify(error: unknown): Failure
  settled(delivery: Delivery): void
  failed(delivery: Delivery, failure: Failure): void
  /** A batch has been answered: there may be room for more. */
  answered(): void
}

const LARGEST_BATCH = 1000
/** One that the broker takes its time over must not hold up the rest for long; more would make small batches of what could be large ones. */
const MOST_IN_FLIGHT = 2
/** A batch without an answer for so long, milliseconds, holds nobody up any more. */
const PATIENCE = 5000

/**
 * Gathers settlements and hands them to the feed, in order: once per turn of the event loop's microtasks, and what comes while
 * batches are on their way forms the next one, as with sends.
 */
export class Settler {
  readonly #hooks: SettleHooks
  #feed: Feed<unknown> | null = null
  #settlements: Settlement<unknown>[] = []
  #owners: Delivery[] = []
  #urgent = false
  #scheduled = false
  /** Batches on their way, by whether somebody waits for them: a driver may let the others linger. */
  #urgentInFlight = 0
  #othersInFlight = 0
  readonly #wheel: TimerWheel
  readonly #patience = new WakeUp(() => this.#waitNoLonger())

  constructor(wheel: TimerWheel, hooks: SettleHooks) {
    this.#wheel = wheel
    this.#hooks = hooks
  }

  /** Whom to hand to; null: the connection is gone and what was gathered with it. */
  use(feed: Feed<unknown> | null): void {
    this.#feed = feed
    this.#wheel.clear(this.#patience)
    this.#urgentInFlight = 0
    this.#othersInFlight = 0
    // A feed may deliver before core knows it: what was settled meanwhile goes out now.
    if (feed !== null) return this.flush()
    this.#settlements = []
    this.#owners = []
  }

  add(delivery: Delivery, settlement: Settlement<unknown>, urgent: boolean): void {
    this.#settlements.push(settlement)
    this.#owners.push(delivery)
    if (urgent) this.#urgent = true
    if (this.#settlements.length >= LARGEST_BATCH) return this.flush()
    if (this.#scheduled) return
    this.#scheduled = true
    queueMicrotask(this.#flushScheduled)
  }

  flush(): void {
    const feed = this.#feed
    const urgent = this.#urgent
    const inFlight = urgent ? this.#urgentInFlight : this.#othersInFlight
    if (feed === null || this.#settlements.length === 0) return
    if (inFlight >= MOST_IN_FLIGHT) return this.#wait()
    const batch = this.#settlements
    const owners = this.#owners
    this.#settlements = []
    this.#owners = []
    this.#urgent = false
    if (urgent) this.#urgentInFlight++
    else this.#othersInFlight++
    guardedCall(() => feed.settle(batch, urgent)).then(
      (result) => this.#answered(feed, owners, urgent, result),
      (error: unknown) => this.#crashed(feed, owners, urgent, error),
    )
  }

  /** Only while something is held up does a timer run. */
  #wait(): void {
    if (this.#patience.wheelTick === NOT_SET) this.#wheel.set(this.#patience, PATIENCE)
  }

  #waitNoLonger(): void {
    this.#urgentInFlight = 0
    this.#othersInFlight = 0
    this.flush()
  }

  readonly #flushScheduled = (): void => {
    this.#scheduled = false
    this.flush()
  }

  #answered(feed: Feed<unknown>, owners: readonly Delivery[], urgent: boolean, result: BatchResult): void {
    if (feed !== this.#feed) return
    const failed =
      result.failed === undefined ? undefined : new Map(result.failed.map((item) => [item.index, item.failure]))
    for (let i = 0; i < owners.length; i++) {
      const failure = failed?.get(i)
      if (failure === undefined) this.#hooks.settled(owners[i]!)
      else this.#hooks.failed(owners[i]!, failure)
    }
    this.#landed(urgent)
  }

  #crashed(feed: Feed<unknown>, owners: readonly Delivery[], urgent: boolean, error: unknown): void {
    if (feed !== this.#feed) return
    const failure = this.#hooks.classify(error)
    for (const owner of owners) this.#hooks.failed(owner, failure)
    this.#landed(urgent)
  }

  #landed(urgent: boolean): void {
    // It may have been given up before.
    if (urgent) this.#urgentInFlight = Math.max(0, this.#urgentInFlight - 1)
    else this.#othersInFlight = Math.max(0, this.#othersInFlight - 1)
    this.#wheel.clear(this.#patience)
    this.flush()
    this.#hooks.answered()
  }
}
