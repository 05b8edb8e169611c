/** All chance in core and in drivers comes from here: ids, jitter. */
export interface Randomness {
  /** A number from 0 to below 1. */
  next(): number
  /** Fill with random bytes. */
  fill(target: Uint8Array<ArrayBuffer>): void
}

/** The machine's own source, cryptographically strong. */
export const systemRandomness: Randomness = Object.freeze({
  next: () => Math.random(),
  fill: (target: Uint8Array<ArrayBuffer>): void => {
    crypto.getRandomValues(target)
  },
})
