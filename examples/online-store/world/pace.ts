import { setTimeout as sleep } from 'node:timers/promises'
import { seededRandom, type Random } from '../seeded-random.ts'

/** How long work takes: chance, from a seed. */
export class Pace {
  readonly #random: Random

  constructor(seed: number) {
    this.#random = seededRandom(seed)
  }

  /** Work that takes from `least` to `most` milliseconds. */
  async work(least: number, most: number, signal?: AbortSignal): Promise<void> {
    const ms = least + this.#random() * (most - least)
    await sleep(ms, undefined, signal === undefined ? {} : { signal })
  }
}
