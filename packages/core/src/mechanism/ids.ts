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
const RANDOM_BYTES = 10
const COUNTER_LIMIT = 0x10000

/**
 * UUIDs of version 7, by the "monotonic random" method of RFC 9562, section 6.2: 74 random bits for each millisecond, then
 * one more for each id. Sortable by time and within a millisecond; a counter that runs over borrows the next one.
 */
export function uuidV7(clock: Clock, random: Randomness): IdSource {
  return new UuidV7(clock, random)
}

/** Ids of one millisecond share all but their last four digits: an id costs one join, and little memory while it is kept. */
class UuidV7 implements IdSource {
  readonly #clock: Clock
  readonly #random: Randomness
  readonly #bytes = new Uint8Array(RANDOM_BYTES)
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
    return this.#prefix + (HEX[this.#counter >> 8]! + HEX[this.#counter & 255]!)
  }

  #startMillisecond(millisecond: number): void {
    this.#millisecond = millisecond
    const bytes = this.#bytes
    this.#random.fill(bytes)
    // The upper half of the counter's range stays free for the ids of this millisecond.
    this.#counter = ((bytes[8]! & 0x7f) << 8) | bytes[9]!
    const time = millisecond.toString(16).padStart(12, '0')
    const version = `7${(bytes[0]! & 15).toString(16)}${HEX[bytes[1]!]!}`
    const variant = HEX[(bytes[2]! & 0x3f) | 0x80]! + HEX[bytes[3]!]!
    const node = [bytes[4]!, bytes[5]!, bytes[6]!, bytes[7]!].map((byte) => HEX[byte]!).join('')
    // Through an array, so that the shared part is one flat string.
    this.#prefix = [`${time.slice(0, 8)}-${time.slice(8)}`, version, variant, node].join('-')
  }
}
