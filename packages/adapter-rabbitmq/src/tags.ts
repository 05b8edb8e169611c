/** Which delivery tags of one channel are unsettled. The broker counts them up from 1. */
export class Tags {
  readonly #open = new Set<number>()
  #next = 1
  #lowest = 1

  delivered(tag: number): void {
    this.#open.add(tag)
    this.#next = tag + 1
  }

  get size(): number {
    return this.#open.size
  }

  has(tag: number): boolean {
    return this.#open.has(tag)
  }

  settled(tag: number): void {
    this.#open.delete(tag)
  }

  /** The lowest unsettled tag; all below it may be acknowledged at once. */
  get lowest(): number {
    while (this.#lowest < this.#next && !this.#open.has(this.#lowest)) this.#lowest++
    return this.#lowest
  }
}
