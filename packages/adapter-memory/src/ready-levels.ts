import { LevelMux } from '@anymq/core/driver'
import type { Entry } from './entry.ts'
import { ReadyLine } from './ready-line.ts'

/** A ready line for each level, served as core serves levels everywhere. One level: a line and nothing more. */
export class ReadyLevels {
  readonly #lines: readonly ReadyLine[]
  readonly #mux: LevelMux | null
  #size = 0

  constructor(levels: number, policy: 'weighted' | 'strict') {
    this.#lines = Array.from({ length: Math.max(1, levels) }, () => new ReadyLine())
    this.#mux = levels > 1 ? new LevelMux(levels, policy) : null
  }

  get size(): number {
    return this.#size
  }

  /** The entry that arrived before all others. */
  get oldest(): Entry | undefined {
    let oldest: Entry | undefined
    for (const { first } of this.#lines)
      if (first !== undefined && (oldest === undefined || first.sequence < oldest.sequence)) oldest = first
    return oldest
  }

  join(entry: Entry): void {
    this.#size++
    this.#lines[entry.rank]!.join(entry)
  }

  comeBack(entry: Entry): void {
    this.#size++
    this.#lines[entry.rank]!.comeBack(entry)
  }

  take(): Entry | undefined {
    if (this.#size === 0) return undefined
    this.#size--
    if (this.#mux === null) return this.#lines[0]!.take()
    const level = this.#mux.next(this.#hasWork)
    this.#mux.served(level)
    return this.#lines[level]!.take()
  }

  /** Everything, in the order of arrival. */
  clear(): Entry[] {
    const all: Entry[] = []
    for (const line of this.#lines) for (let next = line.take(); next !== undefined; next = line.take()) all.push(next)
    this.#size = 0
    return all.sort((a, b) => a.sequence - b.sequence)
  }

  readonly #hasWork = (level: number): boolean => this.#lines[level]!.size > 0
}
