import { createBroker, queue, silentLogger } from '@anymq/core'
import type { Driver, DriverContext, Failure } from '@anymq/core/driver'
import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import process from 'node:process'
import { defineCase, type Case } from '../../case.ts'
import type { World } from '../../world/world.ts'
import { ITEM, items, LEASE } from '../items.ts'
import { Seen } from '../seen.ts'

const orders = queue('orders', { schema: ITEM, lease: LEASE })
/** Exists nowhere: it is in no broker object that may make it. */
const nowhere = queue('nowhere', { schema: ITEM, lease: LEASE })

const sendToNothing = defineCase({
  id: 'send-05',
  title: 'when a message is sent to a queue that does not exist, the send fails and says so',
  clauses: ['send.unroutable', 'send.not-sent-or-unknown', 'error.shape'],
  protects: 'orders that are confirmed and were never anywhere',
  uses: [orders],
  run: async (world) => {
    const shop = await world.open({ definitions: [nowhere], provision: 'none' })
    const sending = world.within(
      shop.send(nowhere, { n: 1 }, { timeout: 2000 }),
      'a send to a queue that does not exist to fail',
    )
    await rejects(
      sending,
      (error: { readonly code?: string; readonly message?: string; readonly outcome?: string }) => {
        equal(error.code, 'MQ_SEND', error.message)
        equal(error.outcome, 'not-sent')
        ok(error.message?.includes('nowhere') === true, `the error does not name the queue: ${error.message}`)
        return true
      },
    )
    const other = await world.open()
    const seen = new Seen(world)
    other.subscribe(orders, (message) => seen.add(other, message))
    await other.send(orders, { n: 2 })
    await world.until(() => seen.runs.length === 1, 'a message in the queue that exists')
  },
})

const consumeNothing = defineCase({
  id: 'send-06',
  title: 'when a queue that does not exist is consumed, that fails and says so, and nothing hangs',
  clauses: ['consume.done', 'consume.ready', 'error.shape'],
  protects: 'a worker that waits for ever for orders that go elsewhere',
  uses: [orders],
  run: async (world) => {
    const worker = await world.open({ definitions: [nowhere, orders], provision: 'none' })
    const subscription = worker.subscribe(nowhere)
    for (const [what, promise] of [
      ['ready', subscription.ready],
      ['done', subscription.done],
    ] as const)
      await rejects(world.within(promise, `${what} of a subscription to a queue that does not exist to reject`), {
        code: 'MQ_NOT_FOUND',
      })
    await rejects(
      world.within(worker.receive(nowhere, { wait: 1000 }), 'a pull from a queue that does not exist to reject'),
      {
        code: 'MQ_NOT_FOUND',
      },
    )
    equal(
      worker.events.some(({ event }) => event === 'consume-failed'),
      true,
      'no event tells of it',
    )
  },
})

const key = (): string => 'one'
const ordered = queue('orders', { schema: ITEM, lease: LEASE, ordering: { key, shards: 2 } })

const modes = defineCase({
  id: 'send-08',
  title: 'when nothing may be made, opening fails on what is missing or different, and leaves the broker as it is',
  clauses: ['provision.modes', 'provision.mismatch', 'provision.never-deletes', 'provision.create'],
  protects: "a deploy that makes queues in somebody else's broker, or remakes those that are there",
  needs: ['ordering'],
  uses: [ordered],
  run: async (world) => {
    const entities = async (): Promise<readonly string[] | undefined> => world.site.entities?.()
    const empty = await entities()
    await rejects(world.open({ provision: 'verify' }), { code: 'MQ_NOT_FOUND' })
    deepEqual(await entities(), empty, 'verifying made something')
    await world.open({ provision: 'none' })
    await world.open({ overrides: { orders: { provision: 'none' } } })
    deepEqual(await entities(), empty, 'something was made though nothing is asked')
    const shop = await world.open()
    await shop.send(ordered, { n: 1 })
    const made = await entities()
    await world.open({ provision: 'verify' })
    for (const provision of ['verify', 'create'] as const)
      await rejects(
        world.open({ definitions: [orders], provision }),
        (error: { readonly code?: string; readonly message?: string }) => {
          equal(error.code, 'MQ_MISMATCH', error.message)
          ok(/order(ed|ing)|shards/.test(error.message ?? ''), `the error does not say what differs: ${error.message}`)
          return true
        },
      )
    deepEqual(await entities(), made, 'what was refused made or removed something')
    const [message] = await shop.receive(ordered, { wait: world.patience })
    equal(message?.body.n, 1, 'the message that was there is gone')
    await message.ack()
    // Who cannot look has not seen that nothing was made.
    await world.entities()
  },
})

const race = defineCase({
  id: 'send-09',
  title: 'when many processes open at once and again, what they need is made once, and nobody fails',
  clauses: ['provision.create', 'provision.never-deletes'],
  protects: 'a deploy of ten workers, nine of which crash at their start',
  uses: [orders],
  run: async (world) => {
    const processes = await Promise.all(Array.from({ length: 6 }, () => world.open()))
    await processes[0]!.sendAll(orders, items(6))
    const made = await world.site.entities?.()
    const again = await Promise.all(Array.from({ length: 3 }, () => world.open()))
    deepEqual(await world.site.entities?.(), made, 'opening again made or removed something')
    const seen = new Seen(world)
    for (const worker of [...processes, ...again]) worker.subscribe(orders, (message) => seen.add(worker, message))
    await seen.eachOnce('six messages', [1, 2, 3, 4, 5, 6])
  },
})

/** Why a connection is not to be had, and whether that may pass. */
const DENIED = { code: 'MQ_DENIED', retryable: false, outcome: 'not-sent', message: 'the password is wrong' } as const
const AWAY = { code: 'MQ_CONNECTION', retryable: true, outcome: 'not-sent', message: 'nobody answers' } as const

/** Opening with an adapter that connects only when it has failed so often. `connects` counts. */
function opening(world: World, failure: typeof DENIED | typeof AWAY, failures: number) {
  const state = { connects: 0 }
  const real = world.site.adapter()
  const { clock } = world.site
  const broker = createBroker(
    {
      ...real,
      connect: (context: DriverContext, signal: AbortSignal): Promise<Driver> =>
        ++state.connects > failures ? real.connect(context, signal) : Promise.reject(new Error(failure.message)),
      classify: (error: unknown): Failure => ({ ...failure, cause: error }),
    },
    { definitions: [orders], namespace: world.namespace, logger: silentLogger, timeout: 3000, ...(clock && { clock }) },
  )
  return { broker, state }
}

/** What keeps this process busy, and what the library has set in virtual time. */
function busy(world: World): readonly unknown[] {
  return [...process.getActiveResourcesInfo().sort(), world.timersLeft]
}

const noWork = defineCase({
  id: 'send-14',
  title: 'when an adapter is made, nothing is connected; what is wrong with the broker is said when it is opened',
  clauses: ['life.no-io', 'life.connect-fails-fast'],
  protects: 'a program that cannot be started without a broker, or hides for an hour that its password is wrong',
  uses: [orders],
  run: async (world) => {
    // Nothing else can happen between the two looks.
    const before = busy(world)
    world.site.adapter()
    deepEqual(busy(world), before, 'making an adapter opened a socket, looked up a name or set a timer')
    const denied = opening(world, DENIED, Infinity)
    await rejects(world.within(denied.broker, 'opening with a wrong password to fail'), { code: 'MQ_DENIED' })
    equal(denied.state.connects, 1, 'a wrong password was tried again')
    const start = world.now()
    const away = opening(world, AWAY, Infinity)
    await rejects(world.within(away.broker, 'opening to fail where nobody answers'), { code: 'MQ_CONNECTION' })
    const took = world.now() - start
    ok(took < 8000, `opening was given three seconds, and gave up after ${took} ms`)
    ok(away.state.connects > 1, 'a broker that did not answer once was not asked again')
    const late = await world.within(opening(world, AWAY, 2).broker, 'opening to go well at the third attempt')
    await late.close()
    const shop = await world.open()
    await shop.send(orders, { n: 1 })
    const [message] = await shop.receive(orders, { wait: world.patience })
    ok(message, 'nothing was received though the broker is there')
    await message.ack()
  },
})

/** What exists on the broker, and who makes it. */
export const provisioning: readonly Case[] = [sendToNothing, consumeNothing, modes, race, noWork]
