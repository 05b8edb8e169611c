import { MqError } from '@anymq/core'
import type { Ensured } from '@anymq/core/driver'
import { expect, test } from 'vitest'
import { lacking } from './masks.ts'
import { audit, linesOf, names, orders, placed, refusalOf, watched } from './provisioned.ts'
import { rawClient, targetOf } from './raw.ts'
import { eventsOf, finish, world, type World } from './world.ts'

/** Somebody else removes a physical queue or topic. */
async function vanish(w: World, address: string, kind: 'queue' | 'topic' = 'queue'): Promise<void> {
  const { driver } = await rawClient(w)
  await driver.remove({ ...targetOf(address), kind })
  await w.clock.settle()
}

test('provision.redeclares: what vanishes under a running consumer is declared again and reported, and consumption goes on', async () => {
  for (const mask of [[], ['groups', 'delay', 'atomicMove'] as const]) {
    const w = world([orders])
    const b = await w.broker({}, lacking(w.server, mask))
    const seen: string[] = []
    const work = b.consumer(orders).subscribe((message) => void seen.push(message.body.id))
    await b.send(orders, { id: 'a' })
    await w.clock.settle()
    await vanish(w, 'orders')
    await w.clock.advance('1s')
    expect(eventsOf(w.events, 'redeclared')).toEqual([
      { event: 'redeclared', destination: 'orders', address: 'orders' },
    ])
    expect(linesOf(w, 'had vanished')).toMatchObject([
      { level: 'warn', fields: { destination: 'orders', address: 'orders' } },
    ])
    await b.send(orders, { id: 'b' })
    await w.clock.advance('1s')
    expect([seen, b.health().status]).toEqual([['a', 'b'], 'up'])
    await finish(w.clock, work.close())
  }
})

test('provision.redeclares: a send finds its queue again, and a topic its groups', async () => {
  const w = world([orders, placed, audit])
  const b = await w.broker()
  await vanish(w, 'orders')
  await finish(w.clock, b.send(orders, { id: 'a' }))
  expect((await b.stats(orders)).ready).toBe(1)
  await vanish(w, 'placed', 'topic')
  await finish(w.clock, b.send(placed, 1))
  await vanish(w, 'placed.g-payment')
  await vanish(w, 'placed.g-audit')
  await finish(w.clock, b.send(placed, 2))
  expect((await b.stats(audit)).ready).toBe(1)
  expect(eventsOf(w.events, 'redeclared').map(({ address }) => address)).toEqual([
    'orders',
    'placed',
    'placed.g-payment',
    'placed.g-audit',
  ])
})

test('provision.redeclares, dead.unwritable: a dead-letter queue that vanished is declared again, and gets the message', async () => {
  for (const mask of [[], ['atomicMove'] as const]) {
    const w = world([orders])
    const b = await w.broker({}, lacking(w.server, mask))
    await vanish(w, 'orders.dead')
    b.consumer(orders).subscribe(() => {
      throw new Error('always')
    })
    await b.send(orders, { id: 'a' })
    await w.clock.advance('1m')
    expect([(await b.stats(orders)).dead, b.health().status]).toEqual([1, 'up'])
    expect(eventsOf(w.events, 'redeclared')).toMatchObject([{ address: 'orders.dead' }])
  }
})

test('provision.redeclares: after a reconnect too', async () => {
  const w = world([orders])
  const b = await w.broker()
  b.native.cut()
  await vanish(w, 'orders')
  await w.clock.advance('5s')
  expect(eventsOf(w.events, 'redeclared')).toMatchObject([{ address: 'orders' }])
})

test('provision.redeclares: a source that vanishes again and again is not spun on', async () => {
  const w = world([orders])
  const b = await w.broker()
  b.consumer(orders).subscribe(() => undefined)
  await w.clock.settle()
  for (let i = 0; i < 10; i++) {
    await vanish(w, 'orders')
    await w.clock.advance(50)
  }
  await w.clock.advance('5s')
  expect(eventsOf(w.events, 'redeclared').length).toBeLessThanOrEqual(10)
  expect(b.health().status).toBe('up')
})

test("provision.redeclares, provision.never-deletes: under 'verify' and 'none' nothing is made, and the consumer ends", async () => {
  for (const provision of ['verify', 'none'] as const) {
    const w = world([orders])
    await w.broker()
    const b = await w.broker({ provision })
    const work = b.consumer(orders).subscribe(() => undefined)
    await w.clock.settle()
    await vanish(w, 'orders')
    expect(await refusalOf(work.done)).toMatchObject({ code: 'MQ_NOT_FOUND' })
    await expect(b.send(orders, { id: 'a' })).rejects.toMatchObject({ code: 'MQ_SEND', outcome: 'not-sent' })
    expect([eventsOf(w.events, 'redeclared'), names(w)]).toEqual([[], ['orders.dead']])
  }
})

test('provision.redeclares: what may not be declared again ends the consumer, and fails the send', async () => {
  const w = world([orders])
  let isDenied = false
  const answer = (): Ensured => {
    if (isDenied) throw new MqError('MQ_DENIED', 'not allowed any more')
    return {}
  }
  const b = await w.broker({}, watched(w.server, [], answer))
  const work = b.consumer(orders).subscribe(() => undefined)
  await w.clock.settle()
  isDenied = true
  await vanish(w, 'orders')
  await vanish(w, 'orders')
  expect(await refusalOf(finish(w.clock, work.done))).toMatchObject({ code: 'MQ_NOT_FOUND' })
  expect(linesOf(w, 'could not be declared again')).not.toEqual([])
})
