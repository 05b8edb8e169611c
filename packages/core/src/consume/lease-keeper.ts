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

  /** @param kept in the order in which leases were last renewed */
  constructor(runtime: Runtime, lease: number, kept: DeliveryList, hooks: LeaseHooks) {
    this.#runtime = runtime
    this.#lease = lease
    this.#kept = kept
    this.#hooks = hooks
  }

  /** Something new is kept. One timer stands for all of them: it is never later than the first half-life. */
  watch(): void {
    const { first } = this.#kept
    if (this.#timer !== null || first === null || first.leaseUntil === 0) return
    const wait = first.leaseUntil - this.#lease / 2 - this.#runtime.clock.monotonic()
    this.#timer = this.#runtime.clock.setTimer(() => this.#renew(), Math.max(0, wait))
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
      this.#kept.append(next)
      due.push(next)
    }
    if (due.length > 0) this.#hooks.extend(due, this.#lease)
    this.watch()
  }
}
