import { expect, test } from 'vitest'
import { z } from 'zod'
import { bytes } from '../codec/bytes.ts'
import { json } from '../codec/json.ts'
import { fixed } from '../policy/backoff.ts'
import { group } from './group.ts'
import { queue } from './queue.ts'
import { type } from './schema.ts'
import { topic } from './topic.ts'

test('define.defaults: a queue without a spec has the defaults of both tables', () => {
  const orders = queue('orders')
  expect(orders).toMatchObject({ kind: 'queue', name: 'orders' })
  expect(orders.destination).toEqual({
    codec: json,
    check: { send: undefined, receive: undefined },
    ordering: undefined,
    priority: undefined,
    delay: undefined,
    dedupe: undefined,
    ttl: undefined,
    retention: 14 * 24 * 3_600_000,
    maxBody: 262_144,
    require: {},
    native: {},
  })
  const { backoff, ...policy } = orders.policy
  expect(policy).toEqual({
    attempts: 10,
    when: undefined,
    crashes: 100,
    deadLetter: true,
    lease: 30_000,
    timeout: 300_000,
    concurrency: 10,
  })
  expect(backoff).toMatchObject({ jitter: true })
  expect([1, 2, 9, 20].map((attempt) => (typeof backoff === 'function' ? 0 : backoff.base(attempt)))).toEqual([
    1000, 2000, 256_000, 300_000,
  ])
})

test('define.defaults: a topic, and a group that starts now', () => {
  const placed = topic('order-placed')
  expect(placed).toMatchObject({ kind: 'topic', name: 'order-placed', groups: [] })
  expect(placed.destination).toEqual(queue('orders').destination)
  const payment = group(placed, 'payment')
  expect(payment).toEqual({
    kind: 'group',
    name: 'payment',
    topic: placed,
    policy: queue('orders').policy,
    from: 'now',
  })
  expect(payment.topic).toBe(placed)
})

test('define.defaults: within ordering and priority too', () => {
  const key = (): string => 'k'
  const { destination } = queue('orders', {
    ordering: { key, withPriority: 'per-level' },
    priority: { levels: ['vip', 'normal'], default: 'normal' },
  })
  expect(destination.ordering).toEqual({ key, shards: 8, onFailure: 'block', withPriority: 'per-level' })
  expect(destination.priority).toEqual({ levels: ['vip', 'normal'], default: 'normal', policy: 'weighted' })
})

test('what is given is kept, durations in milliseconds, and the rest has its default', () => {
  const when = (): boolean => true
  const backoff = fixed(5)
  const { destination, policy } = queue('orders', {
    schema: type<Uint8Array>(),
    codec: bytes,
    delay: { max: '1h' },
    dedupe: { window: '5m' },
    ttl: '2d',
    retention: '1.5h',
    maxBody: 10,
    require: { durability: 'disk' },
    native: { kafka: { partitions: 3 } },
    retry: { backoff, when },
    deadLetter: 'drop',
    lease: 500,
    timeout: '1s',
    concurrency: 1,
  })
  expect(destination).toMatchObject({
    codec: bytes,
    delay: { max: 3_600_000 },
    dedupe: { window: 300_000 },
    ttl: 172_800_000,
    retention: 5_400_000,
    maxBody: 10,
  })
  expect(destination).toMatchObject({ require: { durability: 'disk' }, native: { kafka: { partitions: 3 } } })
  expect(policy).toEqual({
    attempts: 10,
    backoff,
    when,
    crashes: 100,
    deadLetter: 'drop',
    lease: 500,
    timeout: 1000,
    concurrency: 1,
  })
  expect(group(topic('placed'), 'late', { from: 'oldest', retry: { attempts: 3 } })).toMatchObject({
    from: 'oldest',
    policy: { attempts: 3, crashes: 100 },
  })
})

test('define.values: a definition is frozen through and through, and a later change to the spec changes nothing', () => {
  const levels = ['vip', 'normal']
  const groups = ['payment']
  const spec = {
    priority: { levels, default: 'normal' },
    delay: { max: 5 },
    dedupe: { window: 5 },
    require: { durability: 'disk' as const },
    native: { kafka: 1 },
  }
  const orders = queue('orders', { ...spec, retry: { attempts: 3 } })
  const ordered = queue('ordered', { ordering: { key: () => 'k' } })
  const placed = topic('placed', { groups, schema: z.string() })
  levels.push('late')
  groups.push('late')
  spec.native.kafka = 2
  expect(orders.destination).toMatchObject({ priority: { levels: ['vip', 'normal'] }, native: { kafka: 1 } })
  expect(placed.groups).toEqual(['payment'])
  for (const definition of [orders, ordered, placed, group(placed, 'payment')])
    expect(notFrozen(definition, definition.name)).toEqual([])
})

/** Paths of objects that can still be changed. Codecs and backoffs are values of their own. */
function notFrozen(value: unknown, path: string): string[] {
  if (typeof value !== 'object' || value === null) return []
  const below = Object.entries(value).flatMap(([name, inner]) => notFrozen(inner, `${path}.${name}`))
  return Object.isFrozen(value) ? below : [path, ...below]
}

test('define.policy-per-consumer: groups of one topic have policies of their own', () => {
  const placed = topic('placed', { groups: ['a', 'b'] })
  const [a, b] = [
    group(placed, 'a', { concurrency: 1, deadLetter: 'drop' }),
    group(placed, 'b', { retry: { attempts: 1 } }),
  ]
  expect([a.policy.concurrency, a.policy.deadLetter, a.policy.attempts]).toEqual([1, 'drop', 10])
  expect([b.policy.concurrency, b.policy.deadLetter, b.policy.attempts]).toEqual([10, true, 1])
})
