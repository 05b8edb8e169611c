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

  /** A user may have extended another one far beyond it. */
  add(delivery: Delivery): void {
    this.kept.insertByLease(delivery)
  }

  /** Its settlement goes out. */
  leave(delivery: Delivery): void {
    if (delivery.isLeaving) return
    this.kept.remove(delivery)
    delivery.isLeaving = true
    this.leaving.append(delivery)
  }

  /** Its lease has been renewed by itself, to `leaseUntil`. */
  renewed(delivery: Delivery, leaseUntil: number): void {
    if (delivery.isLeaving) return
    this.kept.remove(delivery)
    delivery.leaseUntil = leaseUntil
    this.kept.insertByLease(delivery)
  }

  /** The same hold goes on under another delivery. */
  replace(delivery: Delivery, next: Delivery): void {
    this.drop(delivery)
    this.kept.insertByLease(next)
  }

  drop(delivery: Delivery): void {
    if (delivery.isLeaving) this.leaving.remove(delivery)
    else this.kept.remove(delivery)
  }

  /** The delivery that holds a receipt: a rare question. */
  find(receipt: unknown): Delivery | undefined {
    return this.all().find(({ incoming }) => incoming.receipt === receipt)
  }

  /** True while one of these receipts is not settled. */
  holds(owns: (receipt: unknown) => boolean): boolean {
    return this.all().some(({ incoming }) => owns(incoming.receipt))
  }

  /** A copy, so that what is done to each may change the lists. */
  all(): Delivery[] {
    const all: Delivery[] = []
    for (const list of [this.kept, this.leaving])
      for (let next = list.first; next !== null; next = next.listNext) all.push(next)
    return all
  }
}
