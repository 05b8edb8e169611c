import { fixed, queue, type Queue } from '@anymq/core'
import type { Item } from '../../world/peer.ts'
import type { Seen } from '../seen.ts'
import { ITEM, LEASE } from '../items.ts'

const key = (item: Item): string | undefined => item.key

/** The ordered queue that most cases of this area are about. */
export const lines: Queue<Item, Item, never, { readonly ordering: true }> = queue('lines', {
  schema: ITEM,
  lease: LEASE,
  retry: { attempts: 4, backoff: fixed(300) },
  ordering: { key, shards: 4 },
})

/** Messages 1 to `count` of each key, the keys in turn. Numbers go on from key to key, so that each is there once. */
export function interleaved(keys: readonly string[], count: number): Item[] {
  return Array.from({ length: count }, (_, round) =>
    keys.map((name, index) => ({ n: index * count + round + 1, key: name })),
  ).flat()
}

/** Numbers in the order of their runs, those of `count` messages of the key at `index`. */
export function runsOf(seen: Seen, index: number, count: number): readonly number[] {
  return seen.runs.map(({ n }) => n).filter((n) => n > index * count && n <= (index + 1) * count)
}

/** The numbers of the key at `index`, as they were sent. */
export function sentOf(index: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, round) => index * count + round + 1)
}
