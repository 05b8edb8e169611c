import type { Delivery } from './delivery.ts'

/** Deliveries in order, linked through themselves: constant time to add and to take out anywhere, and no allocation. */
export class DeliveryList {
  #first: Delivery | null = null
  #last: Delivery | null = null
  #size = 0

  get first(): Delivery | null {
    return this.#first
  }

  get size(): number {
    return this.#size
  }

  append(delivery: Delivery): void {
    delivery.listPrevious = this.#last
    delivery.listNext = null
    if (this.#last === null) this.#first = delivery
    else this.#last.listNext = delivery
    this.#last = delivery
    this.#size++
  }

  /** Where its lease says: behind all whose leases end no later. What comes back is usually near the end. */
  insertByLease(delivery: Delivery): void {
    let before = this.#last
    while (before !== null && before.leaseUntil > delivery.leaseUntil) before = before.listPrevious
    if (before === this.#last) return this.append(delivery)
    const after = before === null ? this.#first! : before.listNext!
    delivery.listPrevious = before
    delivery.listNext = after
    if (before === null) this.#first = delivery
    else before.listNext = delivery
    after.listPrevious = delivery
    this.#size++
  }

  /** It must be in this list. */
  remove(delivery: Delivery): void {
    const { listPrevious: previous, listNext: next } = delivery
    if (previous === null) this.#first = next
    else previous.listNext = next
    if (next === null) this.#last = previous
    else next.listPrevious = previous
    delivery.listPrevious = null
    delivery.listNext = null
    this.#size--
  }
}
