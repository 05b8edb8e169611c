import type { Entry } from './entry.ts'
import { ReadyLine } from './ready-line.ts'

/** The entries of one key and level: one of them is ready or leased, the others wait behind it. */
export class KeyLane {
  readonly key: string
  /** Where it is found by its key. */
  readonly home: Map<string, KeyLane>
  head: Entry | null = null
  /** Made with the first entry that has to wait: most keys never need it. */
  waiting: ReadyLine | null = null

  constructor(key: string, home: Map<string, KeyLane>) {
    this.key = key
    this.home = home
  }
}

/** Order and exclusion per key: of each key only one entry at a time is ready or leased. */
export class KeyLanes {
  /** By level; '' where there is none. */
  readonly #levels = new Map<string, Map<string, KeyLane>>()
  #waiting = 0

  /** Entries that wait behind others of their key. */
  get waiting(): number {
    return this.#waiting
  }

  /** True: nothing of its key is before it, so that it may be handed out. False: it waits here. */
  enter(entry: Entry): boolean {
    if (entry.key === undefined) return true
    const lane = this.#laneOf(entry.key, entry.level ?? '')
    entry.lane = lane
    if (lane.head === null) {
      lane.head = entry
      return true
    }
    lane.waiting ??= new ReadyLine()
    lane.waiting.join(entry)
    this.#waiting++
    return false
  }

  /** The entry has left its place. Returns the next of its key, which may be handed out now. */
  leave(entry: Entry): Entry | undefined {
    const { lane } = entry
    entry.lane = null
    if (lane === null) return undefined
    const next = lane.waiting?.take()
    lane.head = next ?? null
    if (next === undefined) lane.home.delete(lane.key)
    else this.#waiting--
    return next
  }

  /** All that wait, each with its lane closed behind it. */
  clear(): Entry[] {
    const all: Entry[] = []
    for (const lane of [...this.#levels.values()].flatMap((lanes) => [...lanes.values()])) {
      for (let entry = lane.waiting?.take(); entry !== undefined; entry = lane.waiting?.take()) {
        entry.lane = null
        all.push(entry)
      }
    }
    this.#waiting = 0
    return all
  }

  #laneOf(key: string, level: string): KeyLane {
    let home = this.#levels.get(level)
    if (home === undefined) this.#levels.set(level, (home = new Map()))
    let lane = home.get(key)
    if (lane === undefined) home.set(key, (lane = new KeyLane(key, home)))
    return lane
  }
}
