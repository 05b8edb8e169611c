import type { Clock } from '@anymq/core/driver'

/** Messages sent, delivered and calls answered in one turn of the event loop. */
const BUDGET = 2048

/**
 * How much a server does before input, output and timers have their turn. It alone never waits for a network: a loop of
 * sends, or handlers that send to each other, would otherwise go on in microtasks for ever. What is done counts from one
 * real turn to the next, however often the work comes to rest in between.
 */
export class Turn {
  readonly #clock: Clock
  #done = 0
  #isBooked = false
  #waiting: (() => void)[] = []

  constructor(clock: Clock) {
    this.#clock = clock
  }

  spend(work: number): void {
    this.#done += work
  }

  /** True: what comes now must wait for the `next` turn. */
  get isOver(): boolean {
    return this.#done >= BUDGET
  }

  next(fn: () => void): void {
    this.#waiting.push(fn)
    this.#book()
  }

  #book(): void {
    if (this.#isBooked) return
    this.#isBooked = true
    this.#clock.soon(this.#begin)
  }

  readonly #begin = (): void => {
    this.#isBooked = false
    this.#done = 0
    const waiting = this.#waiting
    this.#waiting = []
    let index = 0
    while (index < waiting.length && !this.isOver) waiting[index++]!()
    if (index === waiting.length) return
    // Those that had no turn are before those that had one and want another, or a long backlog would starve them.
    this.#waiting = [...waiting.slice(index), ...this.#waiting]
    this.#book()
  }
}
