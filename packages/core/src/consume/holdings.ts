import type { Delivery } from './delivery.ts'
import { DeliveryList } from './delivery-list.ts'

/**
 * Every delivery that one feed has brought and that is not settled yet. `kept`: its lease is renewed, in the order in which
 * leases end. `leaving`: its settlement is on the way, and no late renewal must overtake it.
 */
export class Holdings {
  readonly kept: DeliveryList = new DeliveryList()
  readonly leaving: DeliveryList = new DeliveryList()

  get size(): number {
    return this.kept.size + this.leaving.size
  }

  add(delivery: Delivery): void {
    this.kept.append(delivery)
  }

  /** Its settlement goes out. */
  leave(delivery: Delivery): void {
    if (delivery.isLeaving) return
    this.kept.remove(delivery)
    delivery.isLeaving = true
    this.leaving.append(delivery)
  }

  /** Its settlement has to wait: the lease is renewed again. */
  stay(delivery: Delivery): void {
    if (!delivery.isLeaving) return
    this.leaving.remove(delivery)
    delivery.isLeaving = false
    this.kept.insertByLease(delivery)
  }

  /** Its lease has been renewed by itself, to `leaseUntil`. */
  renewed(delivery: Delivery, leaseUntil: number): void {
    if (delivery.isLeaving) return
    this.kept.remove(delivery)
    delivery.leaseUntil = leaseUntil
    this.kept.insertByLease(delivery)
  }

  drop(delivery: Delivery): void {
    if (delivery.isLeaving) this.leaving.remove(delivery)
    else this.kept.remove(delivery)
  }

  /** A copy, so that what is done to each may change the lists. */
  all(): Delivery[] {
    const all: Delivery[] = []
    for (const list of [this.kept, this.leaving])
      for (let next = list.first; next !== null; next = next.listNext) all.push(next)
    return all
  }
}
