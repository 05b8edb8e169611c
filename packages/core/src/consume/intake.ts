import type { MqError } from '../errors.ts'
import type { FeedLink } from './feed-link.ts'
import type { HeldRetries } from './held-retries.ts'
import type { Taker } from './holder.ts'
import type { Holdings } from './holdings.ts'
import type { KeyChains } from './key-chains.ts'

/** Settlements on their way, beyond which nothing more is taken in. */
const MOST_LEAVING = 1000
/** Deliveries that may wait behind others of their keys, where the broker does not say less. */
const SPAN = 1000

/** What is held, and who may have how much of it. */
export interface IntakeParts {
  readonly link: FeedLink
  readonly holdings: Holdings
  readonly retries: HeldRetries
  readonly chains: KeyChains | null
  /** Followers of one key fill the span: nothing else can come in. */
  spanFull(key: string | undefined): void
}

/** How much is taken in: the takers' window, and room on top for what needs no handler now. */
export class Intake {
  readonly takers: Taker[] = []
  readonly #parts: IntakeParts
  /** Pulled messages that users hold: they take no room from handlers. */
  inHand = 0
  #next = 0
  #wanted: Wanted | null = null
  #isFull = false

  constructor(parts: IntakeParts) {
    this.#parts = parts
  }

  get window(): number {
    let window = 0
    for (const taker of this.takers) window += taker.window
    return window
  }

  /** The window as the feed needs it: what users hold in hand and what waits for a retry or its turn come on top. */
  get room(): number {
    const { link, retries, chains } = this.#parts
    const { window } = this
    const extra = this.inHand + retries.size + (chains?.parked ?? 0)
    // In powers of two, so that a feed that has to subscribe anew seldom does.
    const room = window === 0 || extra === 0 ? window : window + 2 ** Math.ceil(Math.log2(extra))
    return Math.min(room, link.span)
  }

  /** The next taker with a free slot, in turn. */
  freeTaker(): Taker | undefined {
    const { takers } = this
    const count = takers.length
    for (let i = 0; i < count; i++) {
      const taker = takers[(this.#next + i) % count]!
      if (taker.free > 0) {
        if (count > 1) this.#next = (this.#next + i + 1) % count
        return taker
      }
    }
    return undefined
  }

  demand(): number | Promise<number> {
    const free = this.#free()
    if (free > 0) return free
    this.#wanted ??= new Wanted()
    return this.#wanted.promise
  }

  /** There may be room again: tell the feed that waits for it. */
  wake(): void {
    if (this.#wanted === null) return
    const free = this.#free()
    if (free === 0) return
    const wanted = this.#wanted
    this.#wanted = null
    wanted.resolve(free)
  }

  /** The source cannot be consumed any more. */
  killed(error: MqError): void {
    for (const taker of [...this.takers]) taker.killed(error)
  }

  /** The feed that waited is gone. */
  clear(): void {
    this.#wanted = null
  }

  #free(): number {
    const { link, holdings, retries, chains } = this.#parts
    // What is on its way out needs no handler any more; it is bounded by itself, for a broker that is slower than handlers.
    if (holdings.leaving.size >= MOST_LEAVING) return 0
    const parked = chains?.parked ?? 0
    const room = this.window - (holdings.kept.size - this.inHand - retries.size - parked)
    const free = Math.max(0, Math.min(room, link.span - holdings.size))
    return chains === null || parked === 0 ? free : this.#withinSpan(free, parked, chains)
  }

  #withinSpan(free: number, parked: number, chains: KeyChains): number {
    const span = Math.min(SPAN, this.#parts.link.span)
    const isFull = parked >= span || chains.isFull
    if (isFull && !this.#isFull) this.#parts.spanFull(chains.longest)
    this.#isFull = isFull
    return isFull ? 0 : Math.min(free, span - parked)
  }
}

/** A feed waits until deliveries are wanted. */
class Wanted {
  readonly promise: Promise<number>
  resolve!: (demand: number) => void

  constructor() {
    this.promise = new Promise((resolve) => {
      this.resolve = resolve
    })
  }
}
