import { type, type Schema } from '@anymq/core'
import type { Item } from '../world/peer.ts'

/** Bodies of a case, unless it is about bodies. */
export const ITEM: Schema<Item> = type<Item>()

/** A lease that can be waited for in real time. Milliseconds. */
export const LEASE = 2000

/** A lease that a slow broker does not outlast, where nobody waits for its end. Milliseconds. */
export const LONG_LEASE = 20_000

/** Bodies 1 to `count`, all of one key where one is given. */
export function items(count: number, key?: string): Item[] {
  return Array.from({ length: count }, (_, index) => (key === undefined ? { n: index + 1 } : { n: index + 1, key }))
}

/** What is compared where the order does not matter. */
export function sorted(numbers: readonly number[]): number[] {
  return [...numbers].sort((a, b) => a - b)
}
