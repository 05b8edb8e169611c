import { queue, type Queue } from '@anymq/core'
import { defineCase, type Case } from '../src/case.ts'
import { ITEM } from '../src/cases/items.ts'
import type { Item } from '../src/world/peer.ts'

export const orders: Queue<Item, Item> = queue('orders', { schema: ITEM })

/** A case that is in no catalogue. It passes unless it is given something else to do. */
export function smallCase(own: Partial<Omit<Case, 'area'>> = {}): Case {
  return defineCase({
    id: 'send-01',
    title: 'when a small case is run, it passes',
    clauses: ['send.confirmed'],
    protects: 'nobody',
    uses: [orders],
    run: async () => undefined,
    ...own,
  })
}
