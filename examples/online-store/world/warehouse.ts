import type { Recorder, Units } from '../facts.ts'
import type { Pace } from './pace.ts'

/** What lies on the shelves. */
export class Warehouse {
  readonly #stock: Map<string, number>
  readonly #pace: Pace
  readonly #record: Recorder
  readonly #reserved = new Set<string>()
  readonly #shipped = new Set<string>()

  constructor(stock: Iterable<readonly [sku: string, quantity: number]>, pace: Pace, record: Recorder) {
    this.#stock = new Map(stock)
    this.#pace = pace
    this.#record = record
  }

  get stock(): ReadonlyMap<string, number> {
    return this.#stock
  }

  /** Take an order's goods from the shelves. A repetition for the same order changes nothing. */
  async reserve(order: string, items: readonly Units[]): Promise<void> {
    await this.#pace.work(2, 10)
    if (this.#reserved.has(order)) return
    this.#reserved.add(order)
    for (const { sku, quantity } of items) this.#stock.set(sku, (this.#stock.get(sku) ?? 0) - quantity)
    this.#record({ fact: 'reserved', id: order, items })
  }

  /** Pack an order's goods and send them off. A repetition for the same order changes nothing. */
  async ship(order: string): Promise<void> {
    await this.#pace.work(8, 16)
    if (this.#shipped.has(order)) return
    this.#shipped.add(order)
    this.#record({ fact: 'shipped', id: order })
  }
}
