import { queue } from '@anymq/core'
import { deepEqual, equal, ok } from 'node:assert/strict'
import { defineCase, type Case } from '../../case.ts'
import { ITEM, items, LEASE, sorted } from '../items.ts'
import { Seen } from '../seen.ts'

const orders = queue('orders', { schema: ITEM, lease: LEASE })
const invoices = queue('invoices', { schema: ITEM, lease: LEASE })

const queues = defineCase({
  id: 'send-16',
  title: 'when messages are sent to one queue, they never come out of another',
  clauses: ['name.structure', 'lease.exclusive'],
  protects: 'an invoice that is shipped',
  uses: [orders, invoices],
  run: async (world) => {
    const shop = await world.open()
    const worker = await world.open()
    const [ordered, invoiced] = [new Seen(world), new Seen(world)]
    worker.subscribe(orders, (message) => ordered.add(worker, message))
    worker.subscribe(invoices, (message) => invoiced.add(worker, message))
    await shop.sendAll(orders, items(10))
    await shop.sendAll(
      invoices,
      items(10).map(({ n }) => ({ n: n + 100 })),
    )
    await world.until(
      () => ordered.runs.length + invoiced.runs.length >= 20,
      () => `ten messages in each; orders had ${ordered.text}, invoices ${invoiced.text}`,
    )
    await world.listen()
    const numbers = items(10).map(({ n }) => n)
    deepEqual(sorted(ordered.runs.map(({ n }) => n)), numbers, 'what came out of orders')
    deepEqual(sorted(invoiced.runs.map(({ n }) => n - 100)), numbers, 'what came out of invoices')
  },
})

const namespaces = defineCase({
  id: 'send-17',
  title: 'when two environments use the same names, neither sees what the other sends',
  clauses: ['name.structure', 'name.word'],
  protects: 'a test that ships real parcels',
  uses: [orders],
  run: async (world) => {
    const here = await world.open()
    const there = await world.open({ namespace: `${world.namespace}-b` })
    const [seenHere, seenThere] = [new Seen(world), new Seen(world)]
    here.subscribe(orders, (message) => seenHere.add(here, message))
    there.subscribe(orders, (message) => seenThere.add(there, message))
    await here.sendAll(orders, items(10))
    await there.sendAll(
      orders,
      items(10).map(({ n }) => ({ n: n + 100 })),
    )
    await world.until(
      () => seenHere.runs.length + seenThere.runs.length >= 20,
      () => `ten messages in each; here came ${seenHere.text}, there ${seenThere.text}`,
    )
    await world.listen()
    const numbers = items(10).map(({ n }) => n)
    deepEqual(sorted(seenHere.runs.map(({ n }) => n)), numbers, 'what came here')
    deepEqual(sorted(seenThere.runs.map(({ n }) => n - 100)), numbers, 'what came there')
  },
})

const healthy = defineCase({
  id: 'send-15',
  title: 'when the connection breaks and comes back, health says so, and asking for it never throws',
  clauses: ['life.health', 'life.resumes'],
  protects: 'a load balancer that sends customers to a process which cannot take their orders',
  harm: ['cut'],
  uses: [orders],
  run: async (world) => {
    const shop = await world.open()
    deepEqual(shop.broker.health(), { status: 'up', reasons: [] })
    await world.disturb('cut', shop)
    const statuses = (): readonly string[] =>
      shop.events.flatMap((event) => (event.event === 'health' ? [event.status] : []))
    await world.until(
      () => statuses().some((status) => status !== 'up') && shop.broker.health().status === 'up',
      () => `health to go down and up again; it was ${statuses().join(', ') || 'never heard of'}`,
    )
    await shop.send(orders, { n: 1 })
    const [message] = await shop.receive(orders, { wait: world.patience })
    ok(message, 'nothing was received on the new connection')
    await message.ack()
    await shop.close()
    equal(shop.broker.health().status, 'down', 'a closed broker object says that it is up')
  },
})

const escape = defineCase({
  id: 'send-22',
  title: "when a program needs the broker's own client, it is there, and what the broker offers can be asked for",
  clauses: ['capability.declared', 'capability.probed'],
  protects: 'the one thing that only this broker can do',
  uses: [orders],
  run: async (world) => {
    const shop = await world.open()
    const { native, capabilities } = shop.broker
    ok(typeof native === 'object' && native !== null, `native is ${typeof native}`)
    ok(capabilities.adapter !== '', 'the manifest does not say what it is of')
    deepEqual(shop.broker.capabilitiesOf(orders).adapter, capabilities.adapter)
    await shop.send(orders, { n: 1 })
    const [message] = await shop.receive(orders, { wait: world.patience })
    ok(message, 'nothing was received beside the client that was asked for')
    await message.ack()
  },
})

/** What is kept apart, and what can be asked. */
export const isolating: readonly Case[] = [healthy, queues, namespaces, escape]
