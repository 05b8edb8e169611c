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

  prepend(entry: Entry): void {
    entry.previous = null
    entry.next = this.first
    if (this.first === null) this.last = entry
    else this.first.previous = entry
    this.first = entry
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

  /** Back to where it stood: before the first entry that came after it. What comes back is old, so this is near the front. */
  insertInOrder(entry: Entry): void {
    let at = this.first
    while (at !== null && at.sequence < entry.sequence) at = at.next
    if (at === null) return this.append(entry)
    if (at.previous === null) return this.prepend(entry)
    entry.previous = at.previous
    entry.next = at
    at.previous.next = entry
    at.previous = entry
    this.size++
  }
}
