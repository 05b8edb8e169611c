import { queue, topic } from '@anymq/core'
import type { Ensured, Target } from '@anymq/core/driver'
import { expect, test } from 'vitest'
import { memory, memoryServer } from '../src/index.ts'
import { lacking } from './masks.ts'
import { audit, groupsAreQueues, linesOf, orders, payment, placed, refusalOf, watched } from './provisioned.ts'
import { eventsOf, finish, world } from './world.ts'

test("provision.modes, provision.create: 'create' makes everything, 'verify' only looks, 'none' asks nothing, each per destination", async () => {
  const w = world([orders, payment])
  const asked: string[] = []
  await w
    .broker({ overrides: { orders: { provision: 'verify' } }, provision: 'none' }, watched(w.server, asked))
    .catch((error: unknown) => expect(error).toMatchObject({ code: 'MQ_NOT_FOUND' }))
  expect([asked, w.server.queues]).toEqual([['verify orders.dead'], []])
  await w.broker()
  asked.length = 0
  const overrides = { placed: { provision: 'none' }, 'placed/audit': { provision: 'create' } } as const
  await w.broker({ provision: 'verify', overrides }, watched(w.server, asked))
  expect(asked).toEqual(['verify orders.dead', 'verify orders', 'create placed.g-audit.dead', 'create placed.g-audit'])
})

test("provision.modes: 'verify' names what is not there and what to do", async () => {
  const w = world([orders])
  const error = await refusalOf(w.broker({ provision: 'verify' }))
  expect(error).toMatchObject({ code: 'MQ_NOT_FOUND', destination: 'orders' })
  expect(error.message).toMatch(
    /no queue "orders.dead".*"orders.dead" is missing and provision is 'verify' for "orders": make it first/,
  )
  expect(w.server.queues).toEqual([])
})

test("provision.modes, provision.mismatch: 'verify' refuses what has less than the definition, naming expected and found", async () => {
  const levels = (...names: string[]) => queue('levels', { priority: { levels: names, default: names[0]! } })
  const w = world([])
  await w.broker({ definitions: [levels('high', 'low'), topic('news', { groups: ['mail'] })] })
  const more = await refusalOf(w.broker({ definitions: [levels('high', 'mid', 'low')], provision: 'verify' }))
  expect(more).toMatchObject({ code: 'MQ_MISMATCH', destination: 'levels' })
  expect(more.message).toContain('levels is ["high","low"] there and ["high","mid","low"] in the definition')
  const wider = topic('news', { groups: ['mail', 'sms'] })
  const listed = await refusalOf(w.broker({ definitions: [wider], provision: 'verify' }))
  expect(listed.message).toContain('groups is ["mail"] there and ["mail","sms"] in the definition')
  await w.broker({ definitions: [levels('high', 'low')], provision: 'verify' })
})

test("provision.modes: with 'none' sends and handlers work on what is there, emulated too", async () => {
  const w = world([orders, payment, audit])
  await w.broker({}, lacking(w.server, groupsAreQueues))
  const b = await w.broker({ provision: 'none' }, lacking(w.server, groupsAreQueues))
  await b.send(orders, { id: 'a' })
  await b.send(placed, 1)
  expect([(await b.stats(orders)).ready, (await b.stats(payment)).ready, (await b.stats(audit)).ready]).toEqual([
    1, 1, 1,
  ])
})

test('capability.probed: what could not be compared is listed at startup, in one line and one event, and once', async () => {
  const w = world([orders])
  await w.broker()
  const answer = (target: Target): Ensured => (target.role === 'main' ? { unverified: ['its retention'] } : {})
  const asked: string[] = []
  const b = await w.broker({}, watched(w.server, asked, answer))
  expect(eventsOf(w.events, 'unverified')).toEqual([{ event: 'unverified', facts: ['"orders": its retention'] }])
  b.native.cut()
  await w.clock.advance('5s')
  expect(eventsOf(w.events, 'connected')).toHaveLength(3)
  expect(linesOf(w, 'could not be compared')).toMatchObject([
    { level: 'warn', fields: { unverified: '"orders": its retention' } },
  ])
  await w.broker({ provision: 'none' })
  expect(eventsOf(w.events, 'unverified')[1]!.facts).toEqual([
    `"orders.dead": everything (provision: 'none')`,
    `"orders": everything (provision: 'none')`,
  ])
})

// --- overrides

test('name.override: an entity with a name of its own is reached, and its parts are composed from that name', async () => {
  const w = world([orders, payment])
  const overrides = {
    orders: { name: 'Legacy Orders/2019' },
    placed: { name: 'OrderPlaced' },
    'placed/audit': { name: 'Books' },
  }
  const b = await w.broker({ namespace: 'prod', overrides })
  expect(w.server.queues.toSorted()).toEqual(
    [
      'Books',
      'Books.dead',
      'Legacy Orders/2019',
      'Legacy Orders/2019.dead',
      'OrderPlaced.g-payment',
      'OrderPlaced.g-payment.dead',
    ].toSorted(),
  )
  await b.send(orders, { id: 'a' })
  await b.send(placed, 7)
  b.consumer(orders).subscribe(() => {
    throw new Error('always')
  })
  await w.clock.advance('10s')
  expect([(await b.stats(orders)).dead, (await b.stats(payment)).ready]).toEqual([1, 1])
  expect(await b.deadLetters(orders).redrive()).toMatchObject({ moved: 1 })
})

test('name.override: a foreign name may be as long as the broker allows, and no longer; what is composed keeps the portable limit', async () => {
  const w = world([orders])
  await w.broker({ overrides: { orders: { name: 'x'.repeat(250) } } })
  const error = await refusalOf(w.broker({ overrides: { orders: { name: 'x'.repeat(251) } } }))
  expect(error).toMatchObject({ code: 'MQ_UNSUPPORTED', problems: [{ path: 'queue "orders"' }] })
  expect(error.message).toContain('has 256 characters; 255 are allowed')
  const composed = await refusalOf(w.broker({ definitions: [queue('a'.repeat(48))], namespace: 'n'.repeat(48) }))
  expect(composed.message).toContain('80 are allowed')
})

test('provision.modes: native options and concurrency of a deployment take the place of the definition’s', async () => {
  const tuned = queue('tuned', { native: { memory: { fast: false } }, concurrency: 1 })
  const w = world([tuned])
  const b = await w.broker({ overrides: { tuned: { native: { fast: true }, concurrency: 3 } } })
  expect(await refusalOf(w.broker())).toMatchObject({ code: 'MQ_MISMATCH', destination: 'tuned' })
  await b.producer(tuned).sendBatch(Array.from({ length: 9 }, () => ({ body: 1 })))
  for (const [options, most] of [
    [{}, 3],
    [{ concurrency: 2 }, 2],
  ] as const) {
    const consumer = b.consumer(tuned, options)
    const work = consumer.subscribe(() => new Promise<void>((resolve) => w.clock.setTimer(resolve, 1000)))
    await w.clock.settle()
    expect(work.running).toBe(most)
    await finish(w.clock, consumer.close())
  }
})

test.for<[string, object, RegExp]>([
  [
    'an unknown name',
    { overrides: { order: {} } },
    /overrides.order: is no definition of this broker; the definitions are orders, placed, placed\/payment, placed\/audit$/,
  ],
  [
    'concurrency of a topic',
    { overrides: { placed: { concurrency: 5 } } },
    /overrides.placed.concurrency: is for a topic/,
  ],
  ['an unknown field', { overrides: { orders: { nmae: 'x' } } }, /overrides.orders.nmae: is an unknown field/],
  [
    'a name that is none',
    { overrides: { orders: { name: 'a\nb' } } },
    /overrides.orders.name: is "a\\nb"; give text without control characters/,
  ],
  ['a mode that is none', { provision: 'check' }, /provision: is "check"; give "create" or "verify" or "none"/],
  [
    'native options that are none',
    { overrides: { orders: { native: [] } } },
    /overrides.orders.native: is an array of 0; give an object/,
  ],
  ['a list', { overrides: [] }, /overrides: is an array of 0; give an object of overrides by name/],
  ['an override that is none', { overrides: { orders: null } }, /overrides.orders: is null; give an object/],
  [
    'two things in one place',
    { overrides: { orders: { name: 'placed.g-audit' } } },
    /leads to "placed.g-audit", which is where/,
  ],
])('name.override, define.all-problems: %s is refused by field', async ([, options, message]) => {
  const w = world([orders, placed])
  expect(await refusalOf(w.broker(options))).toMatchObject({
    code: 'MQ_CONFIG',
    message: expect.stringMatching(message) as string,
  })
})

// --- weaker entities

test('capability.startup, define.require-durability: an entity that is weaker than its broker is said, and refused where more is needed', async () => {
  const w = world([])
  const server = memoryServer()
  const big = queue('big', { maxBody: 300_000 })
  const plain = queue('plain')
  const answer = ({ address }: Target): Ensured =>
    address === 'plain' || address === 'big' ? { weaker: { maxBody: 1000, deliveries: 'inflated' } } : {}
  const b = await w.broker({ definitions: [plain] }, watched(server, [], answer))
  expect(linesOf(w, 'offers less than the broker')).toMatchObject([
    {
      level: 'warn',
      fields: {
        destination: 'plain',
        weaker: 'maxBody 1000 (the broker: 134217728), deliveries inflated (the broker: exact)',
      },
    },
  ])
  expect(b.capabilities).toMatchObject({ maxBody: 134_217_728, deliveries: 'exact' })
  expect(b.capabilitiesOf(plain)).toMatchObject({ maxBody: 1000, deliveries: 'inflated', durability: 'volatile' })
  await expect(b.send(plain, 'x'.repeat(2000))).rejects.toMatchObject({ code: 'MQ_TOO_LARGE' })
  const error = await refusalOf(w.broker({ definitions: [big, plain] }, watched(server, [], answer)))
  expect(error).toMatchObject({ code: 'MQ_UNSUPPORTED', problems: [{ path: 'queue "big" > maxBody' }] })
  expect(error.message).toContain('is 300000 bytes; this broker takes 1000')
  expect(error.message).toContain('(said of what exists at "big")')
})

test('capability.startup: a capability that an entity lacks is refused with every other problem at once', async () => {
  const w = world([])
  const { capabilities } = memory().offers
  const answer = (): Ensured => ({
    weaker: { capabilities: { ...capabilities, delay: 'unsupported', dedupe: 'unsupported' } },
  })
  const later = queue('later', { delay: { max: '1h' } })
  const once = queue('once', { dedupe: { window: '1h' } })
  const error = await refusalOf(w.broker({ definitions: [later, once, orders] }, watched(w.server, [], answer)))
  expect(error.problems.map(({ path }) => path)).toEqual(['queue "later" > delay', 'queue "once" > dedupe'])
})
