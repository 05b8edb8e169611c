import { Buffer } from 'node:buffer'

/**
 * Most offsets between the lowest unfinished and the highest fetched one of a partition. Its bitset has 2 KiB, so 2,732
 * characters of base64, and always fits the 4,096 characters that Kafka allows as metadata of a commit.
 */
export const SPAN = 16_384

const FORMAT = '1'

/** The finished offsets above the committed one, as metadata of its commit: bit n is offset `base + n`. '' for none. */
export function encodeFinished(base: number, finished: ReadonlySet<number>): string {
  if (finished.size === 0) return ''
  let highest = base
  for (const offset of finished) if (offset > highest) highest = offset
  const bits = Buffer.alloc(((highest - base) >> 3) + 1)
  for (const offset of finished) bits[(offset - base) >> 3]! |= 1 << ((offset - base) & 7)
  return FORMAT + bits.toString('base64')
}

/** The inverse. What another client wrote counts as none: messages come again rather than never. */
export function decodeFinished(base: number, metadata: string | null): Set<number> {
  const finished = new Set<number>()
  if (metadata === null || !metadata.startsWith(FORMAT)) return finished
  const bits = Buffer.from(metadata.slice(FORMAT.length), 'base64')
  for (let n = 0; n < bits.length * 8; n++) if ((bits[n >> 3]! >> (n & 7)) & 1) finished.add(base + n)
  return finished
}
