import type { Delivery } from './delivery.ts'

/** The deliveries under lease, in the order in which their leases were last renewed. Linked through the deliveries themselves. */
export class LeaseList {
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
    delivery.leasePrevious = this.#last
    delivery.leaseNext = null
    if (this.#last === null) this.#first = delivery
    else this.#last.leaseNext = delivery
    this.#last = delivery
    this.#size++
  }

  /** A no-op for what is not in the list. */
  remove(delivery: Delivery): void {
    const { leasePrevious: previous, leaseNext: next } = delivery
    if (previous === null && this.#first !== delivery) return
    if (previous === null) this.#first = next
    else previous.leaseNext = next
    if (next === null) this.#last = previous
    else next.leasePrevious = previous
    delivery.leasePrevious = null
    delivery.leaseNext = null
    this.#size--
  }
}
