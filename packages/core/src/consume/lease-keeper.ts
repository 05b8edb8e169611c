import type { Timer } from '../mechanism/clock.ts'
import type { Runtime } from '../runtime.ts'
import type { Delivery } from './delivery.ts'
import type { DeliveryList } from './delivery-list.ts'

/** What the keeper asks of the engine. */
export interface LeaseHooks {
  extend(deliveries: readonly Delivery[], lease: number): void
  lost(delivery: Delivery): void
}

/** Extends timed leases in one batch at half-life, those of buffered messages included. */
export class LeaseKeeper {
  readonly #runtime: Runtime
  readonly #lease: number
  readonly #kept: DeliveryList
  readonly #hooks: LeaseHooks
  #timer: Timer | null = null
  #timerAt = 0

  /** @param kept in the order in which leases end */
  constructor(runtime: Runtime, lease: number, kept: DeliveryList, hooks: LeaseHooks) {
    this.#runtime = runtime
    this.#lease = lease
    this.#kept = kept
    this.#hooks = hooks
  }

  /** Something is kept that was not. One timer stands for all: for the first half-life. */
  watch(): void {
    const { first } = this.#kept
    if (first === null || first.leaseUntil === 0) return
    const at = first.leaseUntil - this.#lease / 2
    if (this.#timer !== null && at >= this.#timerAt) return
    this.#timer?.cancel()
    this.#timerAt = at
    this.#timer = this.#runtime.clock.setTimer(() => this.#renew(), Math.max(0, at - this.#runtime.clock.monotonic()))
  }

  /** Leave no timer behind. */
  stop(): void {
    this.#timer?.cancel()
    this.#timer = null
  }

  #renew(): void {
    this.#timer = null
    const now = this.#runtime.clock.monotonic()
    const due: Delivery[] = []
    for (
      let next = this.#kept.first;
      next !== null && next.leaseUntil - this.#lease / 2 <= now;
      next = this.#kept.first
    ) {
      // A process that was stopped for too long must not believe in a lease that has ended.
      if (next.leaseUntil <= now) {
        this.#hooks.lost(next)
        continue
      }
      this.#kept.remove(next)
      next.leaseUntil = now + this.#lease
      this.#kept.insertByLease(next)
      due.push(next)
    }
    if (due.length > 0) this.#hooks.extend(due, this.#lease)
    this.watch()
  }
}
