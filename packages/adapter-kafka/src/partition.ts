import { Ring } from '@anymq/core/driver'
import type { KafkaMessage } from 'kafkajs'
import { decodeFinished, encodeFinished, SPAN } from './finished-set.ts'

/** Fetched and not delivered: partitions are exclusive, so a buffer keeps nothing from others and costs memory alone. */
const MOST_READY = 1000
const MOST_BYTES = 1024 * 1024

/** One delivery of one record, under one assignment. */
export class Receipt {
  readonly partition: Partition
  readonly offset: number
  readonly message: KafkaMessage

  constructor(partition: Partition, message: KafkaMessage) {
    this.partition = partition
    this.offset = Number(message.offset)
    this.message = message
  }
}

/** A partition for as long as one generation of the group assigns it to us: what is fetched, held and finished. */
export class Partition {
  readonly topic: string
  readonly id: number
  /** Nothing is delivered yet: a former owner may still be busy. */
  isResting = false
  /** Finished offsets are not committed yet. */
  isDirty = false
  isPaused = false
  /** Lowest unfinished offset; -1: nothing is known before the first record. */
  #watermark = -1
  #next = -1
  #finished = new Set<number>()
  #bytes = 0
  #isBlocked = false
  readonly #ready = new Ring<Receipt>()
  readonly #returned: Receipt[] = []
  readonly #held = new Set<Receipt>()

  constructor(topic: string, id: number) {
    this.topic = topic
    this.id = id
  }

  /** What the group has committed; a negative offset is none. */
  load(offset: number, metadata: string | null): void {
    if (offset < 0) return
    this.#watermark = this.#next = offset
    this.#finished = decodeFinished(offset, metadata)
  }

  get readyCount(): number {
    return this.#returned.length + this.#ready.length
  }

  get isFull(): boolean {
    return this.#isBlocked || this.#ready.length >= MOST_READY || this.#bytes >= MOST_BYTES
  }

  get isRoomy(): boolean {
    return !this.#isBlocked && this.#ready.length < MOST_READY / 2 && this.#bytes < MOST_BYTES / 2
  }

  /** Take over fetched records, as many as the span allows. Returns the last offset that was taken. */
  take(messages: readonly KafkaMessage[]): string | undefined {
    let last: string | undefined
    for (const message of messages) {
      const offset = Number(message.offset)
      if (this.#next === this.#watermark && offset > this.#next) this.#jump(offset)
      this.#isBlocked = offset - this.#watermark >= SPAN
      if (this.#isBlocked) break
      last = message.offset
      if (offset >= this.#next) this.#add(offset, message)
    }
    return last
  }

  /** Nothing below is unfinished: a gap of any length, as retention leaves it, is passed over. */
  #jump(offset: number): void {
    while (this.#next < offset && this.#finished.delete(this.#next)) this.#next++
    for (const finished of this.#finished) if (finished < offset) this.#finished.delete(finished)
    this.#watermark = this.#next = offset
    this.#advance()
  }

  #add(offset: number, message: KafkaMessage): void {
    // Offsets that hold no record (markers of transactions, compaction) will never be settled.
    for (; this.#next < offset; this.#next++) this.#finished.add(this.#next)
    this.#next++
    if (offset < this.#watermark || this.#finished.has(offset)) return this.#advance()
    this.#bytes += message.value?.length ?? 0
    this.#ready.push(new Receipt(this, message))
  }

  /** The next record to deliver: what came back is before what never went out. */
  hand(): Receipt | undefined {
    const receipt = this.#returned.pop() ?? this.#ready.shift()
    if (receipt === undefined) return undefined
    this.#bytes -= receipt.message.value?.length ?? 0
    this.#held.add(receipt)
    return receipt
  }

  holds(receipt: Receipt): boolean {
    return this.#held.has(receipt)
  }

  finish(receipt: Receipt): void {
    this.#held.delete(receipt)
    this.#finished.add(receipt.offset)
    this.#advance()
    this.isDirty = true
  }

  #advance(): void {
    while (this.#finished.delete(this.#watermark)) this.#watermark++
    if (this.#next - this.#watermark < SPAN / 2) this.#isBlocked = false
  }

  /** It comes again as a new delivery: the old receipt is void. */
  putBack(receipt: Receipt): void {
    this.#held.delete(receipt)
    this.#bytes += receipt.message.value?.length ?? 0
    this.#returned.push(new Receipt(this, receipt.message))
    this.#returned.sort((a, b) => b.offset - a.offset)
  }

  putAllBack(): void {
    for (const receipt of this.#held) this.putBack(receipt)
  }

  /** It belongs to others: no receipt is valid any more. */
  drop(): void {
    this.#held.clear()
    this.#ready.clear()
    this.#returned.length = 0
  }

  get committable(): { readonly partition: number; readonly offset: string; readonly metadata: string } {
    const metadata = encodeFinished(this.#watermark, this.#finished)
    return { partition: this.id, offset: String(this.#watermark), metadata }
  }
}
