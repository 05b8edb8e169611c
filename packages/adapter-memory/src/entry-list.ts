import type { Entry } from './entry.ts'

/** A doubly linked list through the entries themselves: constant time to add and to take out anywhere. */
export class EntryList {
  first: Entry | null = null
  last: Entry | null = null
  size = 0

  append(entry: Entry): void {
    entry.previous = this.last
    entry.next = null
    if (this.last === null) this.first = entry
    else this.last.next = entry
    this.last = entry
    this.size++
  }

  remove(entry: Entry): void {
    const { previous, next } = entry
    if (previous === null) this.first = next
    else previous.next = next
    if (next === null) this.last = previous
    else next.previous = previous
    entry.previous = null
    entry.next = null
    this.size--
  }
}
