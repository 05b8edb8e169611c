import type { Entry } from './entry.ts'

interface Due {
  readonly at: number
  readonly entry: Entry
}

/** Entries by a number, the smallest first, equal ones by place in line: what waits for a time, what comes back to its place. */
export class DueHeap {
  #items: Due[] = []

  get size(): number {
    return this.#items.length
  }

  /** The smallest number; Infinity when empty. */
  get earliest(): number {
    return this.#items[0]?.at ?? Infinity
  }

  get first(): Entry | undefined {
    return this.#items[0]?.entry
  }

  push(entry: Entry, at: number): void {
    const items = this.#items
    const item = { at, entry }
    let index = items.length
    items.push(item)
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (!before(item, items[parent]!)) break
      items[index] = items[parent]!
      index = parent
    }
    items[index] = item
  }

  pop(): Entry | undefined {
    const items = this.#items
    const top = items[0]
    const last = items.pop()
    if (top === undefined || last === undefined) return undefined
    if (items.length > 0) this.#sink(last)
    return top.entry
  }

  clear(): Entry[] {
    const entries = this.#items.map((item) => item.entry)
    this.#items = []
    return entries
  }

  #sink(item: Due): void {
    const items = this.#items
    let index = 0
    for (;;) {
      let child = 2 * index + 1
      if (child >= items.length) break
      if (child + 1 < items.length && before(items[child + 1]!, items[child]!)) child++
      if (!before(items[child]!, item)) break
      items[index] = items[child]!
      index = child
    }
    items[index] = item
  }
}

function before(a: Due, b: Due): boolean {
  return a.at < b.at || (a.at === b.at && a.entry.sequence < b.entry.sequence)
}
