import { LevelMux } from '../mechanism/level-mux.ts'
import { Ring } from '../mechanism/ring.ts'
import type { Delivery } from './delivery.ts'

/** Deliveries that wait for a taker: in the order in which they came, or by level. */
export class ReadySet {
  readonly #levels: readonly string[]
  readonly #rings: readonly Ring<Delivery>[]
  readonly #mux: LevelMux | null
  #length = 0
  /** The ring of what `peek` has shown. */
  #shown = 0

  constructor(levels: readonly string[], policy: 'weighted' | 'strict') {
    this.#levels = levels
    this.#rings = Array.from({ length: Math.max(1, levels.length) }, () => new Ring<Delivery>())
    this.#mux = levels.length > 1 ? new LevelMux(levels.length, policy) : null
  }

  get length(): number {
    return this.#length
  }

  push(delivery: Delivery): void {
    this.#length++
    this.#rings[this.#mux === null ? 0 : this.#rankOf(delivery)]!.push(delivery)
  }

  /** The one to serve next, left where it is. */
  peek(): Delivery | undefined {
    if (this.#mux === null) return this.#rings[0]!.peek()
    if (this.#length === 0) return undefined
    this.#shown = this.#mux.next(this.#hasWork)
    return this.#rings[this.#shown]!.peek()
  }

  /** Take out what `peek` has shown. `served`: it goes to a handler, which counts for its level. */
  shift(served: boolean): Delivery | undefined {
    if (this.#length === 0) return undefined
    this.#length--
    if (served) this.#mux?.served(this.#shown)
    return this.#rings[this.#shown]!.shift()
  }

  /** Everything, level by level. */
  clear(): Delivery[] {
    const all: Delivery[] = []
    for (const ring of this.#rings)
      for (let next = ring.shift(); next !== undefined; next = ring.shift()) all.push(next)
    this.#length = 0
    this.#shown = 0
    return all
  }

  /** What names no level of ours is the least urgent. */
  #rankOf({ priority }: Delivery): number {
    const rank = priority === undefined ? -1 : this.#levels.indexOf(priority)
    return rank < 0 ? this.#levels.length - 1 : rank
  }

  readonly #hasWork = (level: number): boolean => this.#rings[level]!.length > 0
}
