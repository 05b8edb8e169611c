import { keepParts, type FeedPart } from '../consume/watchdog.ts'
import { guardedCall } from '../mechanism/guarded-call.ts'
import { LevelMux } from '../mechanism/level-mux.ts'
import { keyHash } from '../mechanism/murmur2.ts'
import type { Driver, Feed, OpenOptions, Sink } from '../spi/driver.ts'
import { IncomingCopy } from '../spi/incoming-copy.ts'
import type { BatchResult, Failure, Incoming, Settlement, Stats } from '../spi/messages.ts'
import type { Target } from '../spi/target.ts'

type Failed = { readonly index: number; readonly failure: Failure }

/** A receipt, and which part it came from. */
class PartReceipt {
  readonly part: number
  readonly receipt: unknown

  constructor(part: number, receipt: unknown) {
    this.part = part
    this.receipt = receipt
  }
}

/** Open a feed on every lane and part, as one. If one cannot be opened none stays open. */
export async function openParts(
  driver: Driver,
  target: Target,
  places: readonly Target[],
  options: OpenOptions,
  sink: Sink<unknown>,
): Promise<Feed<unknown>> {
  const open = (place: Target, into: Sink<unknown>): Promise<Feed<unknown>> =>
    guardedCall(() => driver.open(place, { ...options, preference: share(options.preference, place) }, into))
  const mux = new PartedFeed(target, places, sink, {
    open,
    stats: (place) => driver.stats(place),
    classify: (error) => driver.classify(error),
  })
  const opening = places.map((place, part) => open(place, mux.sinkOf(part)))
  const opened = await Promise.allSettled(opening)
  const feeds = opened.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  const failed = opened.find((result) => result.status === 'rejected')
  if (failed === undefined) return mux.use(feeds)
  await Promise.allSettled(feeds.map((feed) => feed.close()))
  throw failed.reason
}

/** Who should hold a part: by a hash of holder and part, so that parts spread over holders that know nothing of each other. */
function share(preference: number, { address, exclusive }: Target): number {
  return exclusive ? keyHash(`${preference} ${address}`) / 0x7fffffff : preference
}

/** What the parts are made with. */
interface PartsDriver {
  open(place: Target, sink: Sink<unknown>): Promise<Feed<unknown>>
  stats(place: Target): Promise<Stats>
  classify(error: unknown): Failure
}

/** The lanes and parts of one source as one feed: one window for all, the most urgent lanes served first. */
class PartedFeed implements Feed<unknown> {
  readonly #sink: Sink<unknown>
  readonly #levels: readonly (string | undefined)[]
  readonly #mux: LevelMux
  /** The lane of a part. */
  readonly #laneOf: readonly number[]
  readonly #asking = new Map<number, (demand: number) => void>()
  readonly #driver: PartsDriver
  readonly #places: readonly Target[]
  readonly #delivered: number[]
  #feeds: Feed<unknown>[] = []
  #isWaiting = false
  #isStopped = false
  #first = 0

  constructor(target: Target, places: readonly Target[], sink: Sink<unknown>, driver: PartsDriver) {
    this.#sink = sink
    this.#driver = driver
    this.#places = places
    this.#delivered = places.map(() => 0)
    this.#levels = places.map(({ level }) => level)
    this.#laneOf = places.map(({ level }) => (level === undefined ? 0 : target.levels.indexOf(level)))
    this.#mux = new LevelMux(Math.max(1, target.levels.length), target.policy)
    keepParts(
      this,
      places.map((place, part) => this.#partAt(place, part)),
    )
  }

  use(feeds: Feed<unknown>[]): this {
    this.#feeds = feeds
    return this
  }

  get alive(): number {
    return Math.min(...this.#feeds.map(({ alive }) => alive))
  }

  sinkOf(part: number): Sink<unknown> {
    return {
      deliver: (batch) => this.#deliver(part, batch),
      demand: () => this.#demand(part),
      revoke: (lost) =>
        this.#sink.revoke(
          (receipt) => receipt instanceof PartReceipt && receipt.part === part && lost(receipt.receipt),
        ),
      fail: (error) => this.#sink.fail(error),
    }
  }

  #partAt(place: Target, part: number): FeedPart {
    const delivered = this.#delivered
    return {
      isExclusive: place.exclusive,
      get delivered() {
        return delivered[part]!
      },
      owns: (receipt) => receipt instanceof PartReceipt && receipt.part === part,
      stats: () => this.#driver.stats(place),
      reopen: () => this.#reopen(part),
    }
  }

  async #reopen(part: number): Promise<void> {
    try {
      await this.#feeds[part]!.close()
      if (this.#isStopped) return
      const feed = await this.#driver.open(this.#places[part]!, this.sinkOf(part))
      this.#feeds[part] = feed
      if (this.#isStopped) await feed.close()
    } catch (error) {
      if (!this.#isStopped) this.#sink.fail(error)
    }
  }

  #deliver(part: number, batch: readonly Incoming<unknown>[]): void {
    this.#delivered[part]! += batch.length
    this.#mux.served(this.#laneOf[part]!, batch.length)
    this.#sink.deliver(
      batch.map((incoming) => {
        const { receipt, attempt, note } = incoming
        return new IncomingCopy(incoming, new PartReceipt(part, receipt), attempt, note, this.#levels[part])
      }),
    )
  }

  /** A number goes to whoever asks. While nothing is wanted all wait together, and are told in the order of the lanes. */
  #demand(part: number): number | Promise<number> {
    const demand = this.#sink.demand()
    if (typeof demand === 'number') return demand
    if (!this.#isWaiting) {
      this.#isWaiting = true
      void demand.then((wanted) => this.#tell(wanted))
    }
    return new Promise((resolve) => this.#asking.set(part, resolve))
  }

  #tell(wanted: number): void {
    this.#isWaiting = false
    const asking = [...this.#asking]
    this.#asking.clear()
    const rank = this.#mux.order()
    const count = this.#levels.length
    this.#first = (this.#first + 1) % count
    // Parts of one lane take turns.
    const turn = (part: number): number => (part - this.#first + count) % count
    asking.sort(([a], [b]) => rank.indexOf(this.#laneOf[a]!) - rank.indexOf(this.#laneOf[b]!) || turn(a) - turn(b))
    for (const [, resolve] of asking) resolve(wanted)
  }

  async settle(batch: readonly Settlement<unknown>[], urgent: boolean): Promise<BatchResult> {
    const parts = new Map<number, { settlements: Settlement<unknown>[]; places: number[] }>()
    batch.forEach((settlement, place) => {
      const { part, receipt } = settlement.receipt as PartReceipt
      const own = parts.get(part) ?? { settlements: [], places: [] }
      parts.set(part, own)
      own.settlements.push(withReceipt(settlement, receipt))
      own.places.push(place)
    })
    const results = await Promise.all(
      [...parts].map(async ([part, { settlements, places }]) => {
        const failed = await this.#settlePart(part, settlements, urgent)
        return failed.map(({ index, failure }): Failed => ({ index: places[index]!, failure }))
      }),
    )
    const failed = results.flat()
    return failed.length === 0 ? {} : { failed }
  }

  /** A part that cannot settle says nothing about the others. */
  async #settlePart(part: number, settlements: Settlement<unknown>[], urgent: boolean): Promise<readonly Failed[]> {
    try {
      return (await guardedCall(() => this.#feeds[part]!.settle(settlements, urgent))).failed ?? []
    } catch (error) {
      const failure = this.#driver.classify(error)
      return settlements.map((_, index) => ({ index, failure }))
    }
  }

  async resize(window: number): Promise<void> {
    await Promise.all(this.#feeds.map((feed) => feed.resize(window)))
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    await Promise.all(this.#feeds.map((feed) => feed.stop()))
  }

  async close(): Promise<void> {
    this.#isStopped = true
    await Promise.all(this.#feeds.map((feed) => feed.close()))
  }
}

/** A literal for each kind: a spread would cost more than the rest of it. */
function withReceipt(settlement: Settlement<unknown>, receipt: unknown): Settlement<unknown> {
  switch (settlement.action) {
    case 'ack':
      return { receipt, action: 'ack' }
    case 'release': {
      const { delay, failed, attempt, note } = settlement
      return { receipt, action: 'release', delay, failed, attempt, note }
    }
    case 'extend':
      return { receipt, action: 'extend', lease: settlement.lease }
    case 'hold':
      return { receipt, action: 'hold', attempt: settlement.attempt, note: settlement.note }
    case 'move':
      return { receipt, action: 'move', to: settlement.to, message: settlement.message }
  }
}
