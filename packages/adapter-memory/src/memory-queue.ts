import type { Clock, Outgoing, Stats, Timer } from '@anymq/core/driver'
import { DueHeap } from './due-heap.ts'
import { Entry } from './entry.ts'
import { EntryList } from './entry-list.ts'
import type { MemoryFeed } from './feed.ts'
import { ReadyLine } from './ready-line.ts'
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

/** One queue: ready entries in line, leased ones, delayed ones, and the feeds that compete for them. */
export class MemoryQueue {
  readonly address: string
  readonly #room: Room
  readonly #ready = new ReadyLine()
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

  constructor(address: string, room: Room) {
    this.address = address
    this.#room = room
  }

  /** False: there is no room. The body is a snapshot already, made by core. */
  accept(message: Outgoing, now: number): boolean {
    if (!this.#room.take(1, message.body.length)) return false
    this.#enter(message, now)
    return true
  }

  /** Take over a message that leaves `entry`'s queue in the same step; it needs only the room that it has more. */
  takeOver(message: Outgoing, entry: Entry, from: MemoryQueue): boolean {
    if (!this.#room.take(0, message.body.length - entry.body.length)) return false
    from.#leased.remove(entry)
    entry.holder = null
    this.#enter(message, this.#room.clock.now())
    return true
  }

  #enter(message: Outgoing, now: number): void {
    const entry = new Entry(
      this.#sequence++,
      message.id,
      message.body,
      message.headers,
      message.key,
      message.level,
      now,
    )
    if (message.notBefore > now) this.#delay(entry, message.notBefore - now)
    else {
      this.#ready.join(entry)
      this.#wake()
    }
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
    this.#leased.remove(entry)
    this.#forget(entry)
  }

  /** Back in line after `delay` ms. A release that is no failure takes back its delivery count. */
  release(entry: Entry, delay: number, failed: boolean): void {
    this.#leased.remove(entry)
    entry.holder = null
    if (!failed) entry.deliveries--
    if (delay > 0) this.#delay(entry, delay)
    else {
      this.#ready.comeBack(entry)
      this.#wake()
    }
  }

  extend(entry: Entry, lease: number): void {
    entry.leaseUntil = this.#room.clock.monotonic() + lease
    this.#watchLease(entry.leaseUntil)
  }

  stats(): Stats {
    return {
      ready: this.#ready.size,
      leased: this.#leased.size,
      delayed: this.#delayed.size,
      oldest: this.#ready.first?.arrivedAt,
    }
  }

  /** Ready messages only. */
  purge(): void {
    for (let entry = this.#ready.take(); entry !== undefined; entry = this.#ready.take()) this.#forget(entry)
  }

  /** Everything, and no timer left. */
  drop(): void {
    this.purge()
    for (const entry of this.#delayed.clear()) this.#forget(entry)
    for (let entry = this.#leased.first; entry !== null; entry = this.#leased.first) this.settle(entry)
    this.#disarm()
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
    while (this.#delayed.earliest <= now) this.#ready.comeBack(this.#delayed.pop()!)
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
    this.#ready.comeBack(entry)
  }
}
