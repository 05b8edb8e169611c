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
