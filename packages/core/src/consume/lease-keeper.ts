import type { Timer } from '../mechanism/clock.ts'
import type { Runtime } from '../runtime.ts'
import type { Delivery } from './delivery.ts'
import type { DeliveryList } from './delivery-list.ts'

/** What the keeper asks of the engine. */
export interface LeaseHooks {
  /** @param before when their leases end if this fails */
  extend(deliveries: readonly Delivery[], lease: number, before: readonly number[]): void
  lost(delivery: Delivery): void
}

/** What is left of a lease at its half-life is enough for several tries. */
const TRIES_PER_LEASE = 10

/** Extends timed leases in one batch at half-life, those of buffered messages included. */
export class LeaseKeeper {
  readonly #runtime: Runtime
  readonly #lease: number
  readonly #kept: DeliveryList
  readonly #hooks: LeaseHooks
  #timer: Timer | null = null
  #timerAt = 0
  #pausedUntil = 0

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
    const at = Math.max(first.leaseUntil - this.#lease / 2, this.#pausedUntil)
    if (this.#timer !== null && at >= this.#timerAt) return
    this.#timer?.cancel()
    this.#timerAt = at
    this.#timer = this.#runtime.clock.setTimer(() => this.#renew(), Math.max(0, at - this.#runtime.clock.monotonic()))
  }

  /** Some could not be renewed, and their leases end when they did before: not at once, but long before that. */
  again(): void {
    this.#pausedUntil = this.#runtime.clock.monotonic() + this.#lease / TRIES_PER_LEASE
    this.watch()
  }

  /** Leave no timer behind. */
  stop(): void {
    this.#pausedUntil = 0
    this.#timer?.cancel()
    this.#timer = null
  }

  #renew(): void {
    this.#timer = null
    const now = this.#runtime.clock.monotonic()
    const due: Delivery[] = []
    const before: number[] = []
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
      before.push(next.leaseUntil)
      this.#kept.remove(next)
      next.leaseUntil = now + this.#lease
      this.#kept.insertByLease(next)
      due.push(next)
    }
    if (due.length > 0) this.#hooks.extend(due, this.#lease, before)
    this.watch()
  }
}
