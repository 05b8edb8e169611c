import type { Timer } from '../mechanism/clock.ts'
import type { Runtime } from '../runtime.ts'
import type { Delivery } from './delivery.ts'
import { LeaseList } from './lease-list.ts'

/** What the keeper asks of the engine. */
export interface LeaseHooks {
  /** Renew these leases; `until` is the new end, monotonic. */
  extend(deliveries: readonly Delivery[], lease: number): void
  lost(delivery: Delivery): void
}

/**
 * Extends timed leases in one batch at half-life, those of buffered messages included. A delivery is taken out before its
 * settlement goes out, so that no late extension overtakes it.
 */
export class LeaseKeeper {
  readonly #runtime: Runtime
  readonly #lease: number
  readonly #hooks: LeaseHooks
  readonly #list = new LeaseList()
  #timer: Timer | null = null

  constructor(runtime: Runtime, lease: number, hooks: LeaseHooks) {
    this.#runtime = runtime
    this.#lease = lease
    this.#hooks = hooks
  }

  keep(delivery: Delivery): void {
    if (delivery.leaseUntil === 0) return
    this.#list.append(delivery)
    if (this.#timer === null) this.#arm(delivery.leaseUntil)
  }

  forget(delivery: Delivery): void {
    this.#list.remove(delivery)
  }

  /** Leave no timer behind. */
  stop(): void {
    this.#timer?.cancel()
    this.#timer = null
  }

  #arm(leaseUntil: number): void {
    const wait = leaseUntil - this.#lease / 2 - this.#runtime.clock.monotonic()
    this.#timer = this.#runtime.clock.setTimer(() => this.#renew(), Math.max(0, wait))
  }

  #renew(): void {
    this.#timer = null
    const now = this.#runtime.clock.monotonic()
    const due: Delivery[] = []
    for (let next = this.#list.first; next !== null && next.leaseUntil - this.#lease / 2 <= now; next = this.#list.first) {
      this.#list.remove(next)
      // A process that was stopped for too long must not believe in a lease that has ended.
      if (next.leaseUntil <= now) this.#hooks.lost(next)
      else due.push(next)
    }
    for (const delivery of due) {
      delivery.leaseUntil = now + this.#lease
      this.#list.append(delivery)
    }
    if (due.length > 0) this.#hooks.extend(due, this.#lease)
    if (this.#list.first !== null) this.#arm(this.#list.first.leaseUntil)
  }
}
