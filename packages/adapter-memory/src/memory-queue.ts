import type { Clock, Outgoing, Stats, Target, Timer } from '@anymq/core/driver'
import { DedupeWindow } from './dedupe-window.ts'
import { DueHeap } from './due-heap.ts'
import { Entry } from './entry.ts'
import { EntryList } from './entry-list.ts'
import type { MemoryFeed } from './feed.ts'
import { KeyLanes } from './key-lanes.ts'
import { ReadyLevels } from './ready-levels.ts'
import { nextHolder } from './holder.ts'
import type { Turn } from './turn.ts'

/** What all queues of one server share: room and work are counted there. */
export interface Room {
  readonly clock: Clock
  readonly turn: Turn
  /** False: the server is full. */
  take(messages: number, bytes: number): boolean
  give(messages: number, bytes: number): void
}

/** Most deliveries in one go, so that feeds take turns. */
const SLICE = 256

/**
 * One queue: ready entries in line by level, those that wait behind their key, leased ones, delayed ones, and the feeds that compete
 * for them. An exclusive queue serves one feed, and another only when nothing is leased any more.
 */
export class MemoryQueue {
  readonly address: string
  readonly #room: Room
  readonly #isPlain: boolean
  readonly #isExclusive: boolean
  #ready = new ReadyLevels(0, 'strict')
  #keys: KeyLanes | null = null
  #dedupe: DedupeWindow | null = null
  #levels: readonly string[] = []
  readonly #leased = new EntryList()
  readonly #delayed = new DueHeap()
  readonly #feeds: MemoryFeed[] = []
  #sequence = 0
  #nextFeed = 0
  #timer: Timer | null = null
  #timerAt = Infinity
  /** No lease ends before this time; which one does is looked for when it has come. */
  #nextLeaseEnd = Infinity
  #pumping = false
  /** The only feed that is served; null: none is, or any. */
  #holder: MemoryFeed | null = null

  constructor(target: Target, room: Room) {
    this.address = target.address
    this.#room = room
    this.#isPlain = target.role === 'dead' || target.role === 'delay'
    this.#isExclusive = target.exclusive
    this.reshape(target, target.levels)
  }

  /** Nothing is here, in whatever state. */
  get isEmpty(): boolean {
    return this.#ready.size + this.#leased.size + this.#delayed.size === 0
  }

  /** Serve these levels, most urgent first, and the other traits of `target`: as it is made, and when a definition was widened or replaced. */
  reshape(target: Target, levels: readonly string[]): void {
    if (this.#isPlain) return
    // One holder, one line: order is kept without a look at keys.
    const isKeyed = target.ordered && !target.exclusive
    if (isKeyed !== (this.#keys !== null)) this.#keys = isKeyed ? new KeyLanes() : null
    const dedupes = target.dedupeWindow > 0 && target.kind === 'queue'
    if (dedupes !== (this.#dedupe !== null)) this.#dedupe = dedupes ? new DedupeWindow(target.dedupeWindow) : null
    this.#levels = levels
    const ready = this.#ready.clear()
    this.#ready = new ReadyLevels(levels.length, target.policy)
    for (const entry of ready) {
      entry.rank = this.#rankOf(entry.level)
      this.#ready.join(entry)
    }
  }

  /** The body is a snapshot already, made by core. */
  accept(message: Outgoing, now: number): 'yes' | 'full' | 'duplicate' {
    if (this.#isRepeat(message)) return 'duplicate'
    if (!this.#room.take(1, message.body.length)) return 'full'
    this.#enter(message, now)
    return 'yes'
  }

  /** Take over a message that leaves `entry`'s queue in the same step; it needs only the room that it has more. */
  takeOver(message: Outgoing, entry: Entry, from: MemoryQueue): boolean {
    if (this.#isRepeat(message)) {
      from.settle(entry)
      return true
    }
    if (!this.#room.take(0, message.body.length - entry.body.length)) return false
    this.#enter(message, this.#room.clock.now())
    from.#leave(entry)
    return true
  }

  #isRepeat({ dedupeId }: Outgoing): boolean {
    return this.#dedupe !== null && dedupeId !== undefined && this.#dedupe.has(dedupeId, this.#room.clock.monotonic())
  }

  #enter(message: Outgoing, now: number): void {
    const entry = new Entry(
      this.#sequence++,
      message.id,
      message.body,
      message.headers,
      message.key,
      message.level,
      this.#rankOf(message.level),
      now,
    )
    if (this.#dedupe !== null && message.dedupeId !== undefined)
      this.#dedupe.add(message.dedupeId, this.#room.clock.monotonic())
    if (message.notBefore > now) this.#delay(entry, message.notBefore - now)
    else if (this.#keys === null || this.#keys.enter(entry)) {
      this.#ready.join(entry)
      this.#wake()
    }
  }

  /** What names no level of ours is served last. */
  #rankOf(level: string | undefined): number {
    const count = this.#levels.length
    if (count === 0) return 0
    const rank = level === undefined ? -1 : this.#levels.indexOf(level)
    return rank < 0 ? count - 1 : rank
  }

  addFeed(feed: MemoryFeed): void {
    this.#feeds.push(feed)
    // While nobody was here nothing happened on time.
    this.#onTime()
  }

  /** What the feed still holds goes back at once. */
  removeFeed(feed: MemoryFeed): void {
    const index = this.#feeds.indexOf(feed)
    if (index >= 0) this.#feeds.splice(index, 1)
    for (let entry = this.#leased.first; entry !== null;) {
      const { next } = entry
      if (entry.holder === feed) this.release(entry, 0, false)
      entry = next
    }
    if (this.#feeds.length === 0) this.#disarm()
    else this.#wake()
  }

  /** The feed's process died: what it holds comes back when its lease ends. */
  abandonFeed(feed: MemoryFeed): void {
    const index = this.#feeds.indexOf(feed)
    if (index >= 0) this.#feeds.splice(index, 1)
    if (this.#feeds.length === 0) this.#disarm()
  }

  /** A feed wants more. */
  wanted(): void {
    this.#wake()
  }

  settle(entry: Entry): void {
    this.#leave(entry)
    this.#forget(entry)
  }

  /** It is nobody's any more: the next of its key may go. */
  #leave(entry: Entry): void {
    this.#leased.remove(entry)
    entry.holder = null
    const next = this.#keys?.leave(entry)
    if (next !== undefined) this.#comeBack(next)
    if (next !== undefined || this.#isExclusive) this.#wake()
  }

  /** Back in line after `delay` ms, out of the line of its key meanwhile. A release that is no failure takes back its delivery count. */
  release(entry: Entry, delay: number, failed: boolean): void {
    if (!failed) entry.deliveries--
    if (delay > 0) {
      this.#leave(entry)
      this.#delay(entry, delay)
    } else {
      this.#leased.remove(entry)
      entry.holder = null
      this.#comeBack(entry)
      this.#wake()
    }
  }

  /** The levels may be others than when it came. */
  #comeBack(entry: Entry): void {
    entry.rank = this.#rankOf(entry.level)
    this.#ready.comeBack(entry)
  }

  extend(entry: Entry, lease: number): void {
    entry.leaseUntil = this.#room.clock.monotonic() + lease
    this.#watchLease(entry.leaseUntil)
  }

  stats(): Stats {
    return {
      ready: this.#ready.size + (this.#keys?.waiting ?? 0),
      leased: this.#leased.size,
      delayed: this.#delayed.size,
      oldest: this.#ready.oldest?.arrivedAt,
    }
  }

  /** Ready messages only. */
  purge(): void {
    for (const entry of this.#keys?.clear() ?? []) this.#forget(entry)
    for (let entry = this.#ready.take(); entry !== undefined; entry = this.#ready.take()) {
      this.#keys?.leave(entry)
      this.#forget(entry)
    }
  }

  /** Everything, and no timer left. */
  drop(): void {
    this.purge()
    for (const entry of this.#delayed.clear()) this.#forget(entry)
    for (let entry = this.#leased.first; entry !== null; entry = this.#leased.first) this.settle(entry)
    this.#disarm()
    for (const feed of [...this.#feeds]) feed.vanished()
  }

  #forget(entry: Entry): void {
    entry.holder = null
    this.#room.give(1, entry.body.length)
  }

  #delay(entry: Entry, ms: number): void {
    const at = this.#room.clock.monotonic() + ms
    this.#delayed.push(entry, at)
    this.#armAt(at)
  }

  // --- handing out

  #wake(): void {
    if (this.#pumping || this.#feeds.length === 0) return
    this.#pumping = true
    queueMicrotask(this.#pump)
  }

  readonly #pump = (): void => {
    const { turn } = this.#room
    while (!turn.isOver) {
      if (this.#ready.size > 0 && this.#serveOne()) continue
      this.#pumping = false
      return
    }
    turn.next(this.#pump)
  }

  /** Serve the next feed that wants something. False: none does. */
  #serveOne(): boolean {
    if (this.#isExclusive) return this.#serveHolder()
    const count = this.#feeds.length
    for (let i = 0; i < count; i++) {
      const feed = this.#feeds[(this.#nextFeed + i) % count]
      if (feed === undefined) continue
      const wanted = Math.min(feed.wants(), SLICE, this.#ready.size)
      if (wanted <= 0) continue
      this.#nextFeed = (this.#nextFeed + i + 1) % count
      this.#room.turn.spend(wanted)
      this.#lease(feed, wanted)
      return true
    }
    return false
  }

  #serveHolder(): boolean {
    this.#holder = nextHolder(this.#feeds, this.#holder, this.#leased.size > 0)
    const wanted = Math.min(this.#holder?.wants() ?? 0, SLICE, this.#ready.size)
    if (wanted <= 0) return false
    this.#room.turn.spend(wanted)
    this.#lease(this.#holder!, wanted)
    return true
  }

  #lease(feed: MemoryFeed, count: number): void {
    const until = this.#room.clock.monotonic() + feed.lease
    const entries: Entry[] = []
    for (let i = 0; i < count; i++) {
      const entry = this.#ready.take()!
      entry.lease++
      entry.deliveries++
      entry.leaseUntil = until
      entry.holder = feed
      this.#leased.append(entry)
      entries.push(entry)
    }
    this.#watchLease(until)
    feed.deliver(entries, until)
  }

  // --- time

  #watchLease(until: number): void {
    this.#nextLeaseEnd = Math.min(this.#nextLeaseEnd, until)
    this.#armAt(until)
  }

  #armAt(at: number): void {
    // With nobody to see it nothing needs to happen on time: the next feed arms the timer again.
    if (this.#feeds.length === 0 || at >= this.#timerAt) return
    this.#disarm()
    this.#timerAt = at
    this.#timer = this.#room.clock.setTimer(() => this.#onTime(), at - this.#room.clock.monotonic())
  }

  #disarm(): void {
    this.#timer?.cancel()
    this.#timer = null
    this.#timerAt = Infinity
  }

  #onTime(): void {
    this.#disarm()
    const now = this.#room.clock.monotonic()
    while (this.#delayed.earliest <= now) {
      const entry = this.#delayed.pop()!
      if (this.#keys === null || this.#keys.enter(entry)) this.#comeBack(entry)
    }
    // A look at all leases for each message that was waiting would be a quadratic step.
    if (this.#nextLeaseEnd <= now) this.#endLeases(now)
    this.#armAt(Math.min(this.#delayed.earliest, this.#nextLeaseEnd))
    this.#wake()
  }

  #endLeases(now: number): void {
    const lost = new Map<MemoryFeed, Entry[]>()
    this.#nextLeaseEnd = Infinity
    for (let entry = this.#leased.first; entry !== null;) {
      const { next } = entry
      if (entry.leaseUntil > now) this.#nextLeaseEnd = Math.min(this.#nextLeaseEnd, entry.leaseUntil)
      else this.#endLease(entry, lost)
      entry = next
    }
    for (const [feed, entries] of lost) feed.expired(entries)
  }

  #endLease(entry: Entry, lost: Map<MemoryFeed, Entry[]>): void {
    const { holder } = entry
    if (holder !== null) {
      const entries = lost.get(holder)
      if (entries === undefined) lost.set(holder, [entry])
      else entries.push(entry)
    }
    this.#leased.remove(entry)
    entry.holder = null
    this.#comeBack(entry)
  }
}
