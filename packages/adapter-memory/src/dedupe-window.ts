import { Ring } from '@anymq/core/driver'

/** Which ids were accepted within the last `window` milliseconds. Forgets as it goes, without a timer. */
export class DedupeWindow {
  readonly #window: number
  readonly #seen = new Set<string>()
  readonly #byTime = new Ring<{ readonly id: string; readonly until: number }>()

  constructor(window: number) {
    this.#window = window
  }

  /** True: it was accepted before. @param now monotonic */
  has(id: string, now: number): boolean {
    for (let first = this.#byTime.peek(); first !== undefined && first.until <= now; first = this.#byTime.peek()) {
      this.#byTime.shift()
      this.#seen.delete(first.id)
    }
    return this.#seen.has(id)
  }

  /** It has been accepted now. */
  add(id: string, now: number): void {
    this.#seen.add(id)
    this.#byTime.push({ id, until: now + this.#window })
  }
}
