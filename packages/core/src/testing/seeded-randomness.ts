import type { Randomness } from '../mechanism/random.ts'

/** The same numbers for the same seed: a small generator (mulberry32), for tests only. */
export function seededRandomness(seed: number): Randomness {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  return {
    next,
    fill: (target) => {
      for (let i = 0; i < target.length; i++) target[i] = Math.floor(next() * 256)
    },
  }
}
