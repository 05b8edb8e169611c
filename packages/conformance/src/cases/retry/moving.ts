import { DeadLetter, fixed, group, queue, topic } from '@anymq/core'
import { deepEqual, equal } from 'node:assert/strict'
import { defineCase, type Case } from '../../case.ts'
import { crew } from '../crew.ts'
import { ITEM, items, LEASE } from '../items.ts'
import { Seen } from '../seen.ts'

const AGAIN = { attempts: 6, backoff: fixed(400) }
const orders = queue('orders', { schema: ITEM, lease: LEASE, retry: AGAIN })
const lines = queue('lines', {
  schema: ITEM,
  lease: LEASE,
  retry: AGAIN,
  ordering: { key: ({ key }) => key, shards: 2 },
})

const survives = defineCase({
  id: 'retry-05',
  title: 'when a message that has failed moves to another process, its attempts move with it',
  clauses: ['retry.count-travels', 'retry.held-attempts', 'retry.not-an-attempt'],
  protects: 'an order that is tried for ever because every deploy begins its count again',
  needs: ['ordering'],
  uses: [orders, lines],
  run: async (world) => {
    const shop = await world.open()
    const first = await world.open()
    const seen = new Seen(world)
    const failing = (worker: typeof first) => {
      for (const source of [orders, lines])
        worker.subscribe(source, (message) => {
          seen.add(worker, message)
          if (message.attempt < 3) throw new Error('not yet')
        })
    }
    failing(first)
    await shop.send(orders, { n: 1 })
    await shop.send(lines, { n: 2, key: 'ada' })
    await world.until(
      () => seen.of(1).length > 0 && seen.of(2).length > 0,
      () => `both messages to fail once; handlers saw ${seen.text}`,
    )
    await first.close()
    const before = seen.runs.length
    const second = await world.open()
    failing(second)
    const isDone = (n: number): boolean => seen.attempts(n).at(-1) === 3
    await world.until(
      () => isDone(1) && isDone(2),
      () => `both messages to come to their third attempt; handlers saw ${seen.text}`,
    )
    const forwarded = seen.attempts(1)
    deepEqual(forwarded, [1, 2, 3], `the attempts of the message of a plain queue: ${forwarded.join(', ')}`)
    const [held] = seen.runs.slice(before).filter(({ n }) => n === 2)
    const kept = seen.runs.slice(0, before).filter(({ n }) => n === 2).length + 1
    const { heldAttempts } = world.manifest
    if (heldAttempts === 'kept')
      equal(held?.attempt, kept, `the manifest says heldAttempts: kept; handlers saw ${seen.text}`)
    else
      equal(
        [1, kept].includes(held?.attempt ?? 0),
        true,
        `the manifest says heldAttempts: restarts; handlers saw ${seen.text}`,
      )
  },
})

const placed = topic('placed', { schema: ITEM, groups: ['payment', 'inventory'] })
const payment = group(placed, 'payment', { lease: LEASE, retry: AGAIN })
const inventory = group(placed, 'inventory', { lease: LEASE, retry: AGAIN })

const sameGroup = defineCase({
  id: 'retry-07',
  title: 'when a message fails or is dead in one group, it comes again there exactly once and nowhere else',
  clauses: [
    'group.independent',
    'retry.attempts',
    'group.every-message',
    'dead.queue-per-source',
    'redrive.own-source',
  ],
  protects: 'stock that is counted down twice because the payment of the order was tried again',
  needs: ['groups'],
  uses: [placed, payment, inventory],
  run: async (world) => {
    const shop = await world.open()
    const [paid, counted] = [new Seen(world), new Seen(world)]
    for (const worker of [await world.open(), await world.open()]) {
      worker.subscribe(payment, (message) => {
        paid.add(worker, message)
        if (message.body.n === 1 && message.attempt === 1) throw new Error('declined')
        if (message.body.n === 2 && message.redriven === 0) throw new DeadLetter('no such card')
      })
      worker.subscribe(inventory, (message) => counted.add(worker, message))
    }
    const [, dead] = await shop.sendAll(placed, items(2))
    const [letters, others] = [shop.deadLetters(payment), shop.deadLetters(inventory)]
    await world.until(
      async () => paid.runs.length >= 3 && counted.runs.length >= 2 && (await letters.count()) > 0,
      () =>
        `three runs of payment, two of inventory and a dead letter; payment saw ${paid.text}, inventory saw ${counted.text}`,
    )
    await world.listen()
    deepEqual([paid.attempts(1), counted.attempts(1), counted.attempts(2)], [[1, 2], [1], [1]])
    equal(await others.count(), 0, 'the dead letters of another group are counted')
    deepEqual(await others.peek(), [], 'the dead letters of another group are shown')
    equal((await others.redrive()).moved, 0, 'the dead letters of another group were redriven')
    deepEqual(
      (await letters.peek()).map(({ id }) => id),
      [dead],
    )
    equal((await letters.redrive()).moved, 1)
    await world.until(
      () => paid.of(2).length >= 2,
      () => `the message to come back to its group; payment saw ${paid.text}, inventory saw ${counted.text}`,
    )
    await world.listen()
    deepEqual([paid.attempts(2), counted.attempts(2)], [[1, 1], [1]], 'runs of what was redriven, in each group')
  },
})

const atShutdown = defineCase({
  id: 'retry-09',
  title: 'when a process closes while a message waits for its retry, another process gets it',
  clauses: ['retry.forward-never-loses', 'close.sequence', 'settle.release', 'retry.count-travels'],
  protects: 'orders that vanish in a deploy because they happened to wait for their next try',
  uses: [orders],
  run: async (world) => {
    const shop = await world.open()
    const first = await world.open()
    const seen = new Seen(world)
    first.subscribe(orders, (message) => {
      seen.add(first, message)
      throw new Error('not yet')
    })
    await shop.send(orders, { n: 1 })
    await world.until(() => seen.runs.length === 1, 'the message to fail once')
    await first.close()
    const second = await world.open()
    second.subscribe(orders, (message) => seen.add(second, message))
    await world.until(
      () => seen.runs.some(({ by }) => by === second.name),
      () => `the second process to get what waited for its retry; handlers saw ${seen.text}`,
    )
    await world.listen()
    // At which attempt is for the judge: not every broker keeps the count when a process closes.
    deepEqual(
      seen.runs.map(({ by }) => by),
      [first.name, second.name],
    )
  },
})

const untouched = defineCase({
  id: 'retry-10',
  title: 'when a handler changes what it was given and fails, the next run is given it as it was sent',
  clauses: ['retry.forward-never-loses', 'send.id-constant', 'lease.exclusive'],
  protects: 'a retry that charges the total which the failed try had halved',
  uses: [orders],
  run: async (world) => {
    const shop = await world.open()
    const given: { readonly n: number; readonly headers: object }[] = []
    await crew(world, orders, (_, message) => {
      given.push({ n: message.body.n, headers: { ...message.headers } })
      if (message.attempt > 1) return
      Object.assign(message.body, { n: 99 })
      Reflect.set(message.headers, 'tenant', 'nobody')
      throw new Error('not yet')
    })
    await shop.send(orders, { n: 1 }, { headers: { tenant: 'acme' } })
    await world.until(
      () => given.length === 2,
      () => `two runs; there were ${given.length}`,
    )
    deepEqual(given[1], { n: 1, headers: { tenant: 'acme' } })
  },
})

/** What becomes of a failed message that goes elsewhere. */
export const moving: readonly Case[] = [survives, sameGroup, atShutdown, untouched]
