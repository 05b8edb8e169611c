import { MqError } from '../errors.ts'
import { WakeUp } from '../mechanism/wake-up.ts'
import type { Runtime } from '../runtime.ts'
import type { Feed } from '../spi/driver.ts'
import type { Stats } from '../spi/messages.ts'

/** One place that a feed reads from. */
export interface FeedPart {
  /** One holder at a time: whoever is preferred gets it only when the present one holds nothing any more, and that one is not told. */
  readonly isExclusive: boolean
  /** Grows with every delivery. */
  readonly delivered: number
  owns(receipt: unknown): boolean
  stats(): Promise<Stats>
  /** Another feed on the place may do better. */
  reopen(): Promise<void>
}

const PARTS = new WeakMap<Feed<unknown>, readonly FeedPart[]>()

/** A feed reads from several places, each of which may stand still by itself. */
export function keepParts(feed: Feed<unknown>, parts: readonly FeedPart[]): void {
  PARTS.set(feed, parts)
}

/** Undefined: it reads from one place. */
export function partsOf(feed: Feed<unknown>): readonly FeedPart[] | undefined {
  return PARTS.get(feed)
}

/** What the watchdog asks of whoever consumes. */
export interface WatchHooks {
  /** Deliveries are wanted now. */
  wants(): boolean
  /** Something is held unsettled. */
  holds(owns: FeedPart['owns']): boolean
  /** Give back, in order, what no handler runs. */
  giveBack(owns: FeedPart['owns']): void
}

/** Milliseconds between two looks: what delivers nothing from one to the next may be standing still. */
const PERIOD = 10_000

/**
 * Finds what is connected but not consuming: deliveries are wanted, messages are ready at a place, and nothing comes from there. An exclusive
 * place may have somebody who is preferred and waits for us: what no handler runs goes back, and comes straight back if it was not so.
 * Where nothing is held the place is opened again. A holder, a standby and a dead feed look alike, and the same helps them all.
 */
export class Watchdog {
  readonly #runtime: Runtime
  readonly #source: string
  readonly #hooks: WatchHooks
  readonly #look = new WakeUp(() => this.#onTime())
  readonly #asking = new Set<FeedPart>()
  #parts: readonly FeedPart[] = []
  /** What each part had delivered at the last look, if it was wanted then. */
  #seen = new Map<FeedPart, number>()

  constructor(runtime: Runtime, source: string, hooks: WatchHooks) {
    this.#runtime = runtime
    this.#source = source
    this.#hooks = hooks
  }

  watch(parts: readonly FeedPart[]): void {
    this.#parts = parts
    this.#seen = new Map(parts.map((part) => [part, part.delivered]))
    this.#runtime.wheel.set(this.#look, PERIOD)
  }

  stop(): void {
    this.#parts = []
    this.#seen.clear()
    this.#runtime.wheel.clear(this.#look)
  }

  #onTime(): void {
    const isWanted = this.#hooks.wants()
    for (const part of this.#parts) {
      const stoodStill = isWanted && this.#seen.get(part) === part.delivered
      if (isWanted) this.#seen.set(part, part.delivered)
      else this.#seen.delete(part)
      if (stoodStill && !this.#asking.has(part)) void this.#ask(part)
    }
    this.#runtime.wheel.set(this.#look, PERIOD)
  }

  async #ask(part: FeedPart): Promise<void> {
    this.#asking.add(part)
    const before = part.delivered
    try {
      const isReady = await hasReady(part)
      if (isReady && this.#parts.includes(part) && part.delivered === before) await this.#repair(part)
    } catch {
      // A broker that does not answer is a matter of its connection.
    } finally {
      this.#asking.delete(part)
    }
  }

  async #repair(part: FeedPart): Promise<void> {
    const owns = (receipt: unknown): boolean => part.owns(receipt)
    const isHeld = this.#hooks.holds(owns)
    if (isHeld && !part.isExclusive) return
    this.#runtime.log.debug(
      { source: this.#source, isHeld },
      'messages are ready, wanted, and do not come: giving back what waits here, or opening the feed again',
    )
    if (isHeld) this.#hooks.giveBack(owns)
    else await part.reopen()
  }
}

/** What has vanished has to be opened again too, which tells. */
async function hasReady(part: FeedPart): Promise<boolean> {
  try {
    return ((await part.stats()).ready ?? 0) > 0
  } catch (error) {
    if (MqError.is(error, 'MQ_NOT_FOUND')) return true
    throw error
  }
}
