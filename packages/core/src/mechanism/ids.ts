import { Buffer } from 'node:buffer'
import type { Clock } from './clock.ts'
import type { Randomness } from './random.ts'

/** Makes message ids. */
export interface IdSource {
  /**
   * A new id, 1 to 128 printable ASCII characters.
   *
   * @param now wall time in milliseconds, where the caller has just read it
   */
  next(now?: number): string
}

/** The two hexadecimal digits of each byte, as character codes. */
const HIGH_DIGIT = Uint8Array.from({ length: 256 }, (_, byte) => (byte >> 4).toString(16).charCodeAt(0))
const LOW_DIGIT = Uint8Array.from({ length: 256 }, (_, byte) => (byte & 15).toString(16).charCodeAt(0))
const TEMPLATE = '00000000-0000-7000-8000-000000000000'
const POOL_BYTES = 4096
const BYTES_PER_ID = 8
const COUNTER_LIMIT = 0x1000

/**
 * UUIDs of version 7 (RFC 9562): sortable by time, and within one millisecond by a counter in `rand_a`.
 * A counter that runs over borrows the next millisecond, as the RFC allows.
 */
export function uuidV7(clock: Clock, random: Randomness): IdSource {
  return new UuidV7(clock, random)
}

/** Written into one buffer and read out as one flat string: joined from pieces, an id that is kept costs three times as much. */
class UuidV7 implements IdSource {
  readonly #clock: Clock
  readonly #random: Randomness
  readonly #text = Buffer.from(TEMPLATE)
  readonly #pool = new Uint8Array(POOL_BYTES)
  #at = POOL_BYTES
  #millisecond = -1
  #counter = 0

  constructor(clock: Clock, random: Randomness) {
    this.#clock = clock
    this.#random = random
  }

  next(at: number = this.#clock.now()): string {
    const now = Math.floor(at)
    if (now > this.#millisecond) this.#startMillisecond(now)
    else if (++this.#counter === COUNTER_LIMIT) this.#startMillisecond(this.#millisecond + 1)
    const from = this.#take()
    const pool = this.#pool
    this.#text[15] = HIGH_DIGIT[this.#counter >> 4]!
    this.#text[16] = LOW_DIGIT[this.#counter >> 4]!
    this.#text[17] = LOW_DIGIT[this.#counter & 15]!
    this.#write(19, (pool[from]! & 0x3f) | 0x80)
    this.#write(21, pool[from + 1]!)
    for (let i = 2; i < BYTES_PER_ID; i++) this.#write(20 + 2 * i, pool[from + i]!)
    return this.#text.toString('latin1')
  }

  #write(at: number, byte: number): void {
    this.#text[at] = HIGH_DIGIT[byte]!
    this.#text[at + 1] = LOW_DIGIT[byte]!
  }

  #startMillisecond(millisecond: number): void {
    this.#millisecond = millisecond
    const hex = millisecond.toString(16).padStart(12, '0')
    this.#text.write(`${hex.slice(0, 8)}-${hex.slice(8)}`, 'latin1')
    const at = this.#take()
    // The upper half of the counter's range stays free for the ids of this millisecond.
    this.#counter = (this.#pool[at]! << 3) | (this.#pool[at + 1]! & 7)
  }

  #take(): number {
    if (this.#at + BYTES_PER_ID > POOL_BYTES) {
      this.#random.fill(this.#pool)
      this.#at = 0
    }
    const at = this.#at
    this.#at += BYTES_PER_ID
    return at
  }
}
