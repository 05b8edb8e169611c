import type { Entry } from './entry.ts'
import { ReadyLine } from './ready-line.ts'

/** The entries of one key and level: one of them is ready or leased, the others wait behind it. */
export class KeyLane {
  readonly name: string
  head: Entry | null = null
  /** Made with the first entry that has to wait: most keys never need it. */
  waiting: ReadyLine | null = null

  constructor(name: string) {
    this.name = name
  }
}

/** Order and exclusion per key: of each key only one entry at a time is ready or leased. */
export class KeyLanes {
  readonly #lanes = new Map<string, KeyLane>()
  #waiting = 0

  /** Entries that wait behind others of their key. */
  get waiting(): number {
    return this.#waiting
  }

  /** True: nothing of its key is before it, so that it may be handed out. False: it waits here. */
  enter(entry: Entry): boolean {
    if (entry.key === undefined) return true
    const lane = this.#laneOf(entry)
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
    if (next === undefined) this.#lanes.delete(lane.name)
    else this.#waiting--
    return next
  }

  /** All that wait, each with its lane closed behind it. */
  clear(): Entry[] {
    const all: Entry[] = []
    for (const lane of this.#lanes.values()) {
      for (let entry = lane.waiting?.take(); entry !== undefined; entry = lane.waiting?.take()) {
        entry.lane = null
        all.push(entry)
      }
    }
    this.#waiting = 0
    return all
  }

  #laneOf({ key, level = '' }: Entry): KeyLane {
    const name = `${level} ${key}`
    let lane = this.#lanes.get(name)
    if (lane === undefined) {
      lane = new KeyLane(name)
      this.#lanes.set(name, lane)
    }
    return lane
  }
}
