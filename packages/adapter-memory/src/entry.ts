import type { Headers } from '@anymq/core/driver'
import type { MemoryFeed } from './feed.ts'
import type { KeyLane } from './key-lanes.ts'

/** A message in a queue. The same object from arrival to settlement; its place in line is `sequence`. */
export class Entry {
  readonly sequence: number
  readonly id: string
  readonly body: Uint8Array
  readonly headers: Headers
  readonly key: string | undefined
  readonly level: string | undefined
  /** The place of its level, 0 the most urgent. */
  rank: number
  readonly arrivedAt: number
  /** Where it stands among those of its key; null without a key, or where order is not asked for. */
  lane: KeyLane | null = null
  attempt = 0
  note = ''
  deliveries = 0
  /** Counts leases: a receipt of an older lease is void. */
  lease = 0
  leaseUntil = 0
  holder: MemoryFeed | null = null
  previous: Entry | null = null
  next: Entry | null = null

  constructor(
    sequence: number,
    id: string,
    body: Uint8Array,
    headers: Headers,
    key: string | undefined,
    level: string | undefined,
    rank: number,
    arrivedAt: number,
  ) {
    this.sequence = sequence
    this.id = id
    this.body = body
    this.headers = headers
    this.key = key
    this.level = level
    this.rank = rank
    this.arrivedAt = arrivedAt
  }
}

/** A receipt: this entry, under this lease. */
export class Receipt {
  readonly entry: Entry
  readonly lease: number

  constructor(entry: Entry) {
    this.entry = entry
    this.lease = entry.lease
  }

  /** False as soon as the lease ended or changed hands. */
  isHeldBy(feed: MemoryFeed): boolean {
    return this.entry.holder === feed && this.entry.lease === this.lease
  }
}
