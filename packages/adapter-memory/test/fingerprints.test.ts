import { queue, topic, type, type Definition } from '@anymq/core'
import { expect, test } from 'vitest'
import { lacking } from './masks.ts'
import { audit, groupsAreQueues, payment, placed, refusalOf } from './provisioned.ts'
import { eventsOf, finish, world } from './world.ts'

test.for<[string, Definition, Definition, string]>([
  ['order', queue('q'), queue('q', { ordering: { key: () => 'k' } }), 'ordered is false there and true'],
  [
    'shards',
    queue('q', { ordering: { key: () => 'k' } }),
    queue('q', { ordering: { key: () => 'k', shards: 4 } }),
    'shards is 8 there and 4',
  ],
  [
    'level names',
    queue('q', { priority: { levels: ['a', 'b'], default: 'a' } }),
    queue('q', { priority: { levels: ['b', 'a'], default: 'a' } }),
    'levels is ["a","b"] there and ["b","a"]',
  ],
  [
    'levels at all',
    queue('q'),
    queue('q', { priority: { levels: ['a', 'b'], default: 'a' } }),
    'levels is [] there and ["a","b"]',
  ],
  ['deduplication', queue('q'), queue('q', { dedupe: { window: '1m' } }), 'dedupe is false there and true'],
  [
    'native options',
    queue('q'),
    queue('q', { native: { memory: { fast: true } } }),
    'native is "null" there and "{\\"fast\\":true}"',
  ],
])(
  'provision.fingerprint, provision.mismatch: %s cannot change under running consumers',
  async ([, before, after, words]) => {
    for (const mask of [[], ['priority', 'ordering', 'delay'] as const]) {
      const w = world([])
      if (mask.length > 0 && words.startsWith('dedupe')) continue
      await w.broker({ definitions: [before] }, lacking(w.server, mask))
      const error = await refusalOf(w.broker({ definitions: [after] }, lacking(w.server, mask)))
      expect(error).toMatchObject({ code: 'MQ_MISMATCH', destination: 'q' })
      expect(error.message).toContain(words)
      expect(error.message).toContain('broker.declare(definition, { replace: true })')
    }
  },
)

test('provision.wider: a new level is made by whoever connects first; who meets more than it lists says so', async () => {
  for (const mask of [[], ['priority'] as const]) {
    const w = world([])
    const work = (...levels: string[]) =>
      queue('work', { schema: type<number>(), priority: { levels, default: 'low' } })
    const [two, three] = [work('high', 'low'), work('high', 'mid', 'low')]
    await w.broker({ definitions: [two] }, lacking(w.server, mask))
    const wide = await w.broker({ definitions: [three] }, lacking(w.server, mask))
    expect([wide.health().status, eventsOf(w.events, 'wider')]).toEqual(['up', []])
    const old = await w.broker({ definitions: [two] }, lacking(w.server, mask))
    expect(eventsOf(w.events, 'wider')).toEqual([{ event: 'wider', destination: 'work', more: ['level "mid"'] }])
    expect(old.health()).toMatchObject({
      status: 'degraded',
      reasons: [
        expect.stringMatching(
          /"work" has more .*: level "mid".*drain it first and call broker\.declare\(definition, { replace: true }\)/,
        ),
      ],
    })
    await old.declare(two, { replace: true })
    expect(old.health()).toEqual({ status: 'up', reasons: [] })
  }
})

test('provision.wider, group.listed: a process that lists fewer groups loses nothing of the others, where the broker has groups', async () => {
  const w = world([])
  const fewer = topic('placed', { schema: type<number>(), groups: ['payment'] })
  const both = await w.broker({ definitions: [placed, audit] })
  const one = await w.broker({ definitions: [fewer] })
  await one.send(fewer, 1)
  expect((await both.stats(audit)).ready).toBe(1)
  expect(eventsOf(w.events, 'wider')).toEqual([{ event: 'wider', destination: 'placed', more: ['group "audit"'] }])
  expect(one.health().reasons.join()).not.toContain('does not reach')
})

test('provision.wider, group.closed: where groups are queues, a producer feeds the groups that it lists, and says what it misses', async () => {
  const w = world([])
  const fewer = topic('placed', { schema: type<number>(), groups: ['payment'] })
  const both = await w.broker({ definitions: [placed, payment, audit] }, lacking(w.server, groupsAreQueues))
  const one = await w.broker({ definitions: [fewer] }, lacking(w.server, groupsAreQueues))
  await one.send(fewer, 1)
  expect([(await both.stats(payment)).ready, (await both.stats(audit)).ready]).toEqual([1, 0])
  expect(eventsOf(w.events, 'wider')).toEqual([{ event: 'wider', destination: 'placed', more: ['group "audit"'] }])
  expect(one.health()).toMatchObject({
    status: 'degraded',
    reasons: [expect.stringContaining('what is sent here does not reach such a group')],
  })
  // Its list is shorter for good: said out loud, while the other groups hold messages.
  await one.declare(fewer, { replace: true })
  expect(one.health().status).toBe('up')
})

test('provision.wider: what still holds messages is not replaced, wherever they are; then it is', async () => {
  const unordered = queue('work', { schema: type<number>() })
  const ordered = queue('work', { schema: type<number>(), ordering: { key: () => 'k', shards: 3 } })
  const levels = { levels: ['high', 'low'], default: 'low' } as const
  const prioritised = queue('work', { schema: type<number>(), priority: levels })
  for (const mask of [[], ['ordering', 'priority'] as const]) {
    const w = world([])
    await w.broker({ definitions: [unordered] }, lacking(w.server, mask))
    for (const [before, after] of [
      [unordered, ordered],
      [ordered, prioritised],
      [prioritised, unordered],
    ] as const) {
      const b = await w.broker({ definitions: [before] }, lacking(w.server, mask))
      await b.send(before, 1)
      const other = await w.broker({ definitions: [] }, lacking(w.server, mask))
      expect(await refusalOf(other.declare(after))).toMatchObject({ code: 'MQ_MISMATCH' })
      expect(await refusalOf(other.declare(after, { replace: true }))).toMatchObject({
        code: 'MQ_MISMATCH',
        message: expect.stringContaining('"work" still holds messages; drain it') as string,
      })
      const [message] = await b.consumer(before).receive()
      await message!.ack()
      await finish(w.clock, b.close())
      await other.declare(after, { replace: true })
      await other.send(after, 2)
      expect(await other.consumer(after).receive()).toMatchObject([{ body: 2 }])
      await finish(w.clock, other.close())
      const next = await w.broker({ definitions: [after] }, lacking(w.server, mask))
      for (const left of await next.consumer(after).receive()) await left.ack()
      await finish(w.clock, next.close())
      expect(w.server.messages).toBe(0)
    }
  }
})
