import { queue } from '@anymq/core'
import { deepEqual, equal, ok } from 'node:assert/strict'
import { defineCase, type Case } from '../../case.ts'
import { ITEM, LEASE } from '../items.ts'

const orders = queue('orders', { schema: ITEM, lease: LEASE })

const oneMessage = defineCase({
  id: 'send-01',
  title: 'when one message is sent, it arrives with its id, body, headers and type',
  clauses: ['send.confirmed', 'send.id', 'send.id-constant', 'pull.receive'],
  protects: 'an order that arrives as another order, or without what was sent along with it',
  profile: 'smoke',
  uses: [orders],
  run: async (world) => {
    const shop = await world.open()
    const worker = await world.open()
    const id = await shop.send(
      orders,
      { n: 1 },
      { id: 'order-1', type: 'placed', headers: { tenant: 'acme', city: 'Zürich' } },
    )
    equal(id, 'order-1')
    const [message] = await worker.receive(orders, { wait: world.patience })
    ok(message, 'nothing was received')
    deepEqual([message.id, message.type, message.body], ['order-1', 'placed', { n: 1 }])
    deepEqual({ ...message.headers }, { tenant: 'acme', city: 'Zürich' })
    await message.ack()
  },
})

const nothingThere = defineCase({
  id: 'send-02',
  title: 'when nothing is there, receive waits as long as it was told to and returns nothing',
  clauses: ['pull.receive'],
  protects: 'a worker that spins, or dies, because a queue is empty',
  profile: 'smoke',
  uses: [orders],
  run: async (world) => {
    const worker = await world.open()
    const start = world.now()
    deepEqual(
      await world.within(worker.receive(orders, { max: 10, wait: 400 }), 'a receive that finds nothing to end'),
      [],
    )
    ok(world.now() - start >= 400, `it returned ${world.now() - start} ms after it was told to wait 400 ms`)
  },
})

export const receiving: readonly Case[] = [oneMessage, nothingThere]
