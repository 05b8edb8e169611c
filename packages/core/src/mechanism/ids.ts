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

const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))
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

class UuidV7 implements IdSource {
  readonly #clock: Clock
  readonly #random: Randomness
  readonly #pool = new Uint8Array(POOL_BYTES)
  #at = POOL_BYTES
  #millisecond = -1
  #counter = 0
  #prefix = ''

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
    const counter = this.#counter
    // Pieces below 13 characters stay flat strings in V8; the whole is two joins.
    const middle = HEX[counter >> 4]! + (counter & 15).toString(16) + '-' + HEX[(pool[from]! & 0x3f) | 0x80]! + HEX[pool[from + 1]!]! + '-'
    const tail = HEX[pool[from + 2]!]! + HEX[pool[from + 3]!]! + HEX[pool[from + 4]!]! + HEX[pool[from + 5]!]! + HEX[pool[from + 6]!]! + HEX[pool[from + 7]!]!
    return this.#prefix + middle + tail
  }

  #startMillisecond(millisecond: number): void {
    this.#millisecond = millisecond
    const hex = millisecond.toString(16).padStart(12, '0')
    this.#prefix = `${hex.slice(0, 8)}-${hex.slice(8)}-7`
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
