import type { Recorder } from '../facts.ts'
import { seededRandom, type Random } from '../seeded-random.ts'
import type { Pace } from './pace.ts'

/** An order in the ledger. */
export interface Row {
  /** A second row with the same id is ignored, as by a unique key. */
  readonly id: string
  readonly cents: number
}

/** The share of inserts that fail. */
const FAIL = 0.1
/** This one fails in any case, so that a short day sees it too. */
const SURELY = 2

/** A database: it takes all rows of an insert or none. */
export class Ledger {
  readonly #pace: Pace
  readonly #random: Random
  readonly #record: Recorder
  readonly #ids = new Set<string>()
  #inserts = 0

  constructor(pace: Pace, seed: number, record: Recorder) {
    this.#pace = pace
    this.#random = seededRandom(seed)
    this.#record = record
  }

  /** @throws when it could not; then nothing of it is there */
  async insert(rows: readonly Row[]): Promise<void> {
    await this.#pace.work(5, 15)
    if (++this.#inserts === SURELY || this.#random() < FAIL) {
      this.#record({ fact: 'not booked', ids: rows.map(({ id }) => id) })
      throw new Error('the ledger has rolled back: a deadlock')
    }
    for (const row of rows) this.#enter(row)
  }

  #enter({ id, cents }: Row): void {
    if (this.#ids.has(id)) return
    this.#ids.add(id)
    this.#record({ fact: 'booked', id, cents })
  }
}
