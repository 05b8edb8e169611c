import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Manifest } from '../spi/manifest.ts'
import type { Outgoing } from '../spi/messages.ts'
import { fakeOutgoing, fakeTarget } from '../testing/driver-kit.ts'
import { WIRE } from '../wire/names.ts'
import { FakeDriver } from '../../test/fake-driver.ts'
import { Router } from './router.ts'

const TIERS = [1000, 4000, 16_000, 64_000, 256_000]
const levels = ['vip', 'normal', 'bulk']

function router(capabilities: Partial<Manifest['capabilities']>, delay: Manifest['delay'] = { kind: 'none' }): Router {
  const { manifest } = new FakeDriver({ delay })
  const made = new Router()
  made.use({ ...manifest, capabilities: { ...manifest.capabilities, ...capabilities } })
  return made
}

/** Follow a message from place to place as relays would: how often it waited, and when it arrived. */
function journey(delay: Manifest['delay'], ms: number): { readonly hops: number; readonly at: number } {
  const routes = router({}, delay)
  const target = fakeTarget('queue', 'orders')
  const waitings = new Map(routes.waitings(target).map((waiting) => [waiting.place.address, waiting.step]))
  let message: Outgoing = fakeOutgoing('m-1', { notBefore: ms })
  let now = 0
  for (let hops = 0; hops < 100; hops++) {
    const [route] = routes.routes(target, { ...message, notBefore: now < ms ? ms : 0 }, now)
    if (route!.to === target) return { hops, at: now }
    const step = waitings.get(route!.to.address)!
    expect(route!.message.headers[WIRE.dueAt]).toBe(String(ms))
    expect(route!.message.headers[WIRE.hop]).toBe(String(hops + 1))
    // In a tier the relay waits; a hop is waited for by the broker.
    now = step > 0 ? Math.min(ms, now + step) : route!.message.notBefore
    message = route!.message
  }
  throw new Error('it never arrives')
}

describe('delay.floor, delay.relay: whatever the delay, a message arrives at its time, after few hops', () => {
  test('tiers: at most three visits of each, and one that ends early', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000 }), (ms) => {
        const { hops, at } = journey({ kind: 'tiers', steps: TIERS }, ms)
        expect(at).toBe(ms)
        expect(hops).toBeLessThanOrEqual(3 * TIERS.length + 2)
      }),
    )
  })

  test('hops: as few as their length allows', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000_000 }), (ms) => {
        expect(journey({ kind: 'hop', maxHop: 900_000 }, ms)).toEqual({ hops: Math.ceil(ms / 900_000), at: ms })
      }),
    )
  })
})

test('order.hash, priority.*: a key always goes to one part, a level to its lane, and everything sent is somewhere a consumer reads', () => {
  const routes = router({ ordering: 'emulated', priority: 'emulated' })
  const target = fakeTarget('queue', 'orders', { levels, shards: 4, ordered: true })
  const sources = new Set(routes.sources(target).map(({ address }) => address))
  expect(sources.size).toBe(12)
  const placeOf = new Map<string, string>()
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), fc.constantFrom(...levels, 'stranger', undefined), (key, level) => {
      const [route, ...others] = routes.routes(target, fakeOutgoing('m', { key, level }), 0)
      expect(others).toEqual([])
      expect(sources).toContain(route!.to.address)
      expect(route!.to).toMatchObject({
        exclusive: true,
        levels: [],
        level: levels.includes(level ?? '') ? level : 'bulk',
      })
      const name = `${route!.to.level} ${key}`
      expect(placeOf.get(name) ?? route!.to.address).toBe(route!.to.address)
      placeOf.set(name, route!.to.address)
    }),
  )
})

test('order.no-key: messages without a key take turns', () => {
  const routes = router({ ordering: 'emulated' })
  const target = fakeTarget('queue', 'orders', { shards: 4, ordered: true })
  const used = new Set(
    Array.from({ length: 8 }, (_, n) => routes.routes(target, fakeOutgoing(`m-${n}`), 0)[0]!.to.address),
  )
  expect([...used].toSorted()).toEqual(['orders.s-0', 'orders.s-1', 'orders.s-2', 'orders.s-3'])
})

test('name.structure: every physical place says what it is', () => {
  const all = { ordering: 'emulated', priority: 'emulated', groups: 'emulated' } as const
  const routes = router(all, { kind: 'tiers', steps: [1000, 4000] })
  const group = fakeTarget('group', 'placed.g-pay', { of: 'placed', levels: ['vip', 'bulk'], shards: 2, ordered: true })
  expect(routes.places(group).map(({ address, kind }) => `${kind} ${address}`)).toEqual([
    'queue placed.g-pay.delay.s-0',
    'queue placed.g-pay.delay.s-1',
    'queue placed.g-pay.l-vip.s-0',
    'queue placed.g-pay.l-vip.s-1',
    'queue placed.g-pay.l-bulk.s-0',
    'queue placed.g-pay.l-bulk.s-1',
  ])
  const topic = fakeTarget('topic', 'placed', { levels: ['vip', 'bulk'], shards: 2, ordered: true })
  expect(routes.routes(topic, fakeOutgoing('m', { key: 'k', level: 'vip' }), 0)[0]!.to.address).toMatch(
    /^placed\.g-pay\.l-vip\.s-[01]$/,
  )
  routes.forget(group)
  expect(routes.routes(topic, fakeOutgoing('m'), 0)).toEqual([])
  const native = router({ ordering: 'emulated', priority: 'emulated' })
  expect(native.places({ ...group, shards: 0 }).map(({ address, of }) => [address, of])).toEqual([
    ['placed.g-pay.l-vip', 'placed.l-vip'],
    ['placed.g-pay.l-bulk', 'placed.l-bulk'],
  ])
})
