/** How much more often an urgent level is served than the next one, where both have work. */
const RATIO = 4

/**
 * Which level is served next: the most urgent one that has work (`strict`), or by weights, each level four times as often as the next
 * (`weighted`), so that every level keeps a share. A level that had no work saves nothing up: when work comes it is served as if
 * it had been served fairly all along, and of equals the most urgent goes first.
 */
export class LevelMux {
  readonly levels: number
  readonly #isStrict: boolean
  /** The virtual time at which a level has had what is its due. */
  readonly #dueAt: Float64Array
  readonly #cost: Float64Array
  #now = 0

  constructor(levels: number, policy: 'weighted' | 'strict') {
    this.levels = levels
    this.#isStrict = policy === 'strict'
    this.#dueAt = new Float64Array(levels)
    this.#cost = Float64Array.from({ length: levels }, (_, level) => RATIO ** level)
  }

  /** The level to serve next; -1: none has work. Asking changes nothing. */
  next(hasWork: (level: number) => boolean): number {
    let chosen = -1
    let chosenAt = Infinity
    for (let level = 0; level < this.levels; level++) {
      if (!hasWork(level)) continue
      if (this.#isStrict) return level
      const at = Math.max(this.#dueAt[level]!, this.#now)
      if (at >= chosenAt) continue
      chosen = level
      chosenAt = at
    }
    return chosen
  }

  /** All levels in the order in which they are to be served if they have work: for those who cannot tell. */
  order(): number[] {
    const all = Array.from({ length: this.levels }, (_, level) => level)
    if (this.#isStrict) return all
    return all.sort((a, b) => Math.max(this.#dueAt[a]!, this.#now) - Math.max(this.#dueAt[b]!, this.#now) || a - b)
  }

  /** One message of a level has been served. */
  served(level: number, count = 1): void {
    const at = Math.max(this.#dueAt[level]!, this.#now)
    this.#now = at
    this.#dueAt[level] = at + this.#cost[level]! * count
  }
}
