import { guardedCall } from '../mechanism/guarded-call.ts'
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

/** Gathers settlements and hands them to the feed once per turn of the event loop's microtasks, in order. */
export class Settler {
  readonly #hooks: SettleHooks
  #feed: Feed<unknown> | null = null
  #settlements: Settlement<unknown>[] = []
  #owners: Delivery[] = []
  #urgent = false
  #scheduled = false

  constructor(hooks: SettleHooks) {
    this.#hooks = hooks
  }

  /** Whom to hand to; null: the connection is gone and what was gathered with it. */
  use(feed: Feed<unknown> | null): void {
    this.#feed = feed
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
    if (feed === null || this.#settlements.length === 0) return
    const batch = this.#settlements
    const owners = this.#owners
    const urgent = this.#urgent
    this.#settlements = []
    this.#owners = []
    this.#urgent = false
    guardedCall(() => feed.settle(batch, urgent)).then(
      (result) => this.#answered(feed, owners, result),
      (error: unknown) => this.#crashed(feed, owners, error),
    )
  }

  readonly #flushScheduled = (): void => {
    this.#scheduled = false
    this.flush()
  }

  #answered(feed: Feed<unknown>, owners: readonly Delivery[], result: BatchResult): void {
    if (feed !== this.#feed) return
    const failed =
      result.failed === undefined ? undefined : new Map(result.failed.map((item) => [item.index, item.failure]))
    for (let i = 0; i < owners.length; i++) {
      const failure = failed?.get(i)
      if (failure === undefined) this.#hooks.settled(owners[i]!)
      else this.#hooks.failed(owners[i]!, failure)
    }
    this.#hooks.answered()
  }

  #crashed(feed: Feed<unknown>, owners: readonly Delivery[], error: unknown): void {
    if (feed !== this.#feed) return
    const failure = this.#hooks.classify(error)
    for (const owner of owners) this.#hooks.failed(owner, failure)
    this.#hooks.answered()
  }
}
