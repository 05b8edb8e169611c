import { Buffer } from 'node:buffer'

const SEED = 0x9747b28c
const M = 0x5bd1e995

/**
 * The hash of a key, on every broker the same: murmur2 over its UTF-8 bytes with Kafka's seed, as a number from 0 to 2^31 - 1. A key's
 * part is this number modulo the number of parts.
 */
export function keyHash(key: string): number {
  const bytes = Buffer.from(key)
  const { length } = bytes
  const whole = length & ~3
  let hash = SEED ^ length
  for (let i = 0; i < whole; i += 4) {
    const mixed = Math.imul(bytes.readInt32LE(i), M)
    hash = Math.imul(hash, M) ^ Math.imul(mixed ^ (mixed >>> 24), M)
  }
  if (length > whole) {
    for (let i = length - 1; i >= whole; i--) hash ^= bytes[i]! << ((i - whole) * 8)
    hash = Math.imul(hash, M)
  }
  hash = Math.imul(hash ^ (hash >>> 13), M)
  return (hash ^ (hash >>> 15)) & 0x7fffffff
}
