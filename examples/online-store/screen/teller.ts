import type { Clock } from './clock.ts'
import type { Screen } from './screen.ts'

/** Tells what happens, each sentence with its time, and what belongs to it indented below. */
export class Teller {
  readonly #screen: Screen
  readonly #clock: Clock

  constructor(screen: Screen, clock: Clock) {
    this.#screen = screen
    this.#clock = clock
  }

  say(sentence: string, details: readonly string[] = []): void {
    this.#screen.say(`${this.#clock.text()}  ${sentence}`)
    for (const detail of details) this.#screen.say(`           ${detail}`)
  }
}
