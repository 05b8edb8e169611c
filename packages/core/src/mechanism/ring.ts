const FIRST_CAPACITY = 16

/** A first-in, first-out queue on a circular buffer that grows by doubling: constant time at any depth. */
export class Ring<T> {
  #items: (T | undefined)[] = new Array<T | undefined>(FIRST_CAPACITY).fill(undefined)
  #mask = FIRST_CAPACITY - 1
  #head = 0
  #length = 0

  get length(): number {
    return this.#length
  }

  /** Add at the end. */
  push(item: T): void {
    if (this.#length > this.#mask) this.#resize(this.#items.length * 2)
    this.#items[(this.#head + this.#length) & this.#mask] = item
    this.#length++
  }

  /** Add at the front: for what has been taken out and comes back. */
  unshift(item: T): void {
    if (this.#length > this.#mask) this.#resize(this.#items.length * 2)
    this.#head = (this.#head - 1) & this.#mask
    this.#items[this.#head] = item
    this.#length++
  }

  /** Take from the front; undefined when empty. */
  shift(): T | undefined {
    if (this.#length === 0) return undefined
    const item = this.#items[this.#head]
    this.#items[this.#head] = undefined
    this.#head = (this.#head + 1) & this.#mask
    this.#length--
    // A burst must not keep its memory for ever.
    if (this.#length === 0 && this.#mask >= 65_536) this.#resize(FIRST_CAPACITY)
    return item
  }

  /** The item at the front, left where it is. */
  peek(): T | undefined {
    return this.#length === 0 ? undefined : this.#items[this.#head]
  }

  /** The item at `index` from the front. */
  at(index: number): T | undefined {
    return index < 0 || index >= this.#length ? undefined : this.#items[(this.#head + index) & this.#mask]
  }

  /** Drop what `keep` does not want; the rest keeps its order. */
  retain(keep: (item: T) => boolean): void {
    const items: T[] = []
    for (let item = this.shift(); item !== undefined; item = this.shift()) if (keep(item)) items.push(item)
    for (const item of items) this.push(item)
  }

  clear(): void {
    this.#head = 0
    this.#length = 0
    this.#mask = FIRST_CAPACITY - 1
    this.#items = new Array<T | undefined>(FIRST_CAPACITY).fill(undefined)
  }

  #resize(capacity: number): void {
    const items = new Array<T | undefined>(capacity).fill(undefined)
    for (let i = 0; i < this.#length; i++) items[i] = this.#items[(this.#head + i) & this.#mask]
    this.#items = items
    this.#head = 0
    this.#mask = capacity - 1
  }
}
