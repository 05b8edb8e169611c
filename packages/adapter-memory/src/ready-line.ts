import { Ring } from '@anymq/core/driver'
import { DueHeap } from './due-heap.ts'
import type { Entry } from './entry.ts'

/**
 * Entries that can be handed out, in order of arrival. New ones join at the end of a ring; one that comes back waits in a
 * heap by its place in line, so that it goes out before everything that came after it.
 */
export class ReadyLine {
  readonly #arrived = new Ring<Entry>()
  readonly #returned = new DueHeap()

  get size(): number {
    return this.#arrived.length + this.#returned.size
  }

  get first(): Entry | undefined {
    const arrived = this.#arrived.peek()
    return this.#isReturnedFirst(arrived) ? this.#returned.first : arrived
  }

  join(entry: Entry): void {
    this.#arrived.push(entry)
  }

  comeBack(entry: Entry): void {
    this.#returned.push(entry, entry.sequence)
  }

  take(): Entry | undefined {
    return this.#isReturnedFirst(this.#arrived.peek()) ? this.#returned.pop() : this.#arrived.shift()
  }

  #isReturnedFirst(arrived: Entry | undefined): boolean {
    if (this.#returned.size === 0) return false
    return arrived === undefined || this.#returned.earliest < arrived.sequence
  }
}
