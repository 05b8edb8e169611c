import { queue } from '@anymq/core'
import { deepEqual, equal } from 'node:assert/strict'
import { defineCase, type Case } from '../../case.ts'
import { ITEM, items, LEASE, sorted } from '../items.ts'

const orders = queue('orders', { schema: ITEM, lease: LEASE })

const deadConsumer = defineCase({
  id: 'settle-02',
  title: 'when a process dies with messages in its hands, another one gets them',
  clauses: ['define.defaults', 'lease.extended'],
  protects: 'an order that nobody ships because its worker crashed',
  profile: 'smoke',
  uses: [orders],
  run: async (world) => {
    const shop = await world.open()
    await shop.sendAll(orders, items(6))
    const doomed = await world.peer()
    const held = await doomed.hold(orders, { max: 3, wait: world.patience })
    await doomed.kill()
    const seen: number[] = []
    const survivor = await world.open()
    survivor.subscribe(orders, ({ body }) => void seen.push(body.n))
    await world.until(
      () => new Set(seen).size === 6,
      () => `six messages, three of which a dead process held (${held.join(', ')}); these came: ${seen.join(', ')}`,
    )
    await world.listen()
    deepEqual(sorted(seen), [1, 2, 3, 4, 5, 6])
    equal(held.length > 0, true)
  },
})

export const leases: readonly Case[] = [deadConsumer]
