import { group, queue, topic } from '@anymq/core'
import { deepEqual, equal, rejects } from 'node:assert/strict'
import { defineCase, type Case } from '../../case.ts'
import type { World } from '../../world/world.ts'
import { crew } from '../crew.ts'
import { ITEM, items, LEASE } from '../items.ts'
import { Seen } from '../seen.ts'

const orders = queue('orders', { schema: ITEM, lease: LEASE })

const confirmed = defineCase({
  id: 'send-04',
  title: 'when a send has resolved, the broker has said that it has the message, and has it, even if the sender dies',
  clauses: ['send.confirmed'],
  protects: 'an order that the customer was told about, and nobody else',
  profile: 'smoke',
  uses: [orders],
  run: async (world) => {
    const doomed = await world.peer()
    const ids = await doomed.send(orders, items(5))
    await doomed.kill()
    equal(ids.length, 5)
    const seen = new Seen(world)
    const got: string[] = []
    await crew(world, orders, (worker, message) => {
      seen.add(worker, message)
      got.push(message.id)
    })
    await world.until(
      () => seen.runs.length >= 5,
      () => `five confirmed messages; handlers saw ${seen.text}`,
    )
    deepEqual([...got].sort(), [...ids].sort())
    await resolvesWhenConfirmed(world)
  },
})

/** While the broker's word is out, no send may have resolved. */
async function resolvesWhenConfirmed(world: World): Promise<void> {
  const fault = world.fault('a confirm is held back')
  const word = Promise.withResolvers<void>()
  const state = { isHeld: false, isResolved: false }
  const shop = await world.open({
    seam: {
      send: async (_, batch, next) => {
        const result = await next(batch)
        state.isHeld = true
        fault.happened('a confirm was held back for half a second')
        await word.promise
        return result
      },
    },
  })
  const sending = shop.send(orders, { n: 6 }).then(() => (state.isResolved = true))
  await world.until(() => state.isHeld, 'a send to reach the broker')
  await world.sleep(500)
  equal(state.isResolved, false, 'a send resolved before its confirm had come')
  word.resolve()
  await world.within(sending, 'a send to resolve whose confirm has come')
}

const noGroup = defineCase({
  id: 'send-07',
  title: 'when a topic has nobody to send to, that is said, once; where its groups must be listed, it is refused',
  clauses: ['send.no-group-yet', 'group.closed', 'group.open'],
  protects: 'messages that go nowhere in silence',
  needs: ['groups'],
  uses: [topic('heard', { schema: ITEM, groups: ['payment'] })],
  run: async (world) => {
    const lonely = topic('lonely', { schema: ITEM })
    const probe = await world.open()
    if (world.manifest.groups === 'closed') {
      await rejects(world.open({ definitions: [lonely] }), { code: 'MQ_UNSUPPORTED' })
      return
    }
    const shop = await world.open({ definitions: [lonely] })
    await shop.send(lonely, { n: 1 })
    await shop.send(lonely, { n: 2 })
    const said = shop.events.filter(({ event }) => event === 'no-groups')
    deepEqual(said, [{ event: 'no-groups', destination: 'lonely' }])
    // Whoever comes now gets what is sent from now on.
    const payment = group(lonely, 'payment', { lease: LEASE })
    await probe.broker.declare(lonely, payment)
    const seen = new Seen(world)
    probe.subscribe(payment, (message) => seen.add(probe, message))
    await shop.send(lonely, { n: 3 })
    await world.until(() => seen.runs.length > 0, 'a message that was sent after the group was declared')
    await world.listen()
    deepEqual(
      seen.runs.map(({ n }) => n),
      [3],
    )
  },
})

const sendsOnly = defineCase({
  id: 'send-11',
  title: 'when a process only sends, it opens nothing to receive with',
  clauses: ['send.touches-only'],
  protects: 'a web server that quietly takes orders away from the workers',
  uses: [orders],
  run: async (world) => {
    const opened: string[] = []
    const shop = await world.open({
      seam: {
        open: (target, options, next) => {
          opened.push(target.name)
          return next(options)
        },
      },
    })
    const worker = await world.open()
    await shop.sendAll(orders, items(10))
    const seen = new Seen(world)
    worker.subscribe(orders, (message) => seen.add(worker, message))
    await world.until(
      () => seen.runs.length === 10,
      () => `ten messages; handlers saw ${seen.text}`,
    )
    await shop.close()
    deepEqual(opened, [])
  },
})

/** Half of it is more than any broker needs to hand a message to a consumer that is at work. */
const TTL = 4000
const mortal = queue('mortal', { schema: ITEM, lease: LEASE, ttl: TTL })

const expires = defineCase({
  id: 'send-19',
  title: 'when a message is older than it may become, it is not handled but dead-lettered; a younger one is handled',
  clauses: ['define.ttl', 'dead.reasons'],
  protects: 'a table that is reserved for yesterday, and an offer that is taken though it is over',
  needs: ['ttl'],
  uses: [mortal],
  run: async (world) => {
    const shop = await world.open()
    const old = await shop.send(mortal, { n: 1 })
    await world.sleep(TTL + 500)
    const seen = new Seen(world)
    const letters = shop.deadLetters(mortal)
    const hands = await crew(world, mortal, (worker, message) => seen.add(worker, message))
    await world.until(
      async () => (await letters.count()) > 0,
      () => `the older message to be dead; handlers saw ${seen.text}`,
    )
    // One that has waited for half of its time, and one that has not waited. Nobody has to begin to consume meanwhile.
    for (const { work } of hands) work.pause()
    await shop.send(mortal, { n: 2 })
    await world.sleep(TTL / 2)
    for (const { work } of hands) work.resume()
    await shop.send(mortal, { n: 3 })
    await seen.eachOnce('both younger messages', [2, 3])
    deepEqual(
      (await letters.peek()).map(({ id, reason, attempts }) => [id, reason, attempts]),
      [[old, 'expired', 0]],
    )
  },
})

/** What a producer promises. */
export const producing: readonly Case[] = [confirmed, noGroup, sendsOnly, expires]
