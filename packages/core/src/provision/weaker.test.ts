import { expect, test } from 'vitest'
import { FakeDriver } from '../../test/fake-driver.ts'
import type { Manifest } from '../spi/manifest.ts'
import { differences, weakened, weakest } from './weaker.ts'

const { manifest } = new FakeDriver({ durability: 'replicated', retention: Infinity, delayTolerance: 10 })

test('of two entities the weaker counts, field by field', () => {
  const a: Partial<Manifest> = { durability: 'disk', maxBody: 500, delayTolerance: 5, partialBatch: false, peek: 'all' }
  const b: Partial<Manifest> = {
    durability: 'volatile',
    maxBody: 900,
    delayTolerance: 9,
    partialBatch: true,
    stats: 'paid',
  }
  const both = {
    durability: 'volatile',
    maxBody: 500,
    delayTolerance: 9,
    partialBatch: true,
    peek: 'all',
    stats: 'paid',
  }
  expect([weakest(a, b), weakest(b, a), weakest({}, a)]).toEqual([both, both, a])
})

test('capabilities are weakened one by one, and what is not said stays', () => {
  const all = manifest.capabilities
  const less = weakened(manifest, { capabilities: { ...all, delay: 'unsupported', dedupe: 'emulated' } })
  expect(less.capabilities).toEqual({ ...all, delay: 'unsupported', dedupe: 'emulated' })
  const two = weakest(
    { capabilities: { ...all, delay: 'unsupported' } },
    { capabilities: { ...all, dedupe: 'unsupported' } },
  )
  expect(two.capabilities).toEqual({ ...all, delay: 'unsupported', dedupe: 'unsupported' })
})

test('what an entity seems to offer more than its broker is not believed', () => {
  const more = { maxBody: 1e9, deliveries: 'exact', balance: true, capabilities: { ...manifest.capabilities } } as const
  expect(weakened(manifest, more)).toEqual(manifest)
  expect(differences(manifest, more)).toEqual([])
})

test('differences are said in words, with the broker’s own beside them', () => {
  const capabilities = { ...manifest.capabilities, delay: 'unsupported' } as const
  expect(
    differences(manifest, { capabilities, durability: 'disk', retention: 1000, batch: { count: 1, bytes: 1 } }),
  ).toEqual([
    'delay unsupported (the broker: native)',
    'durability disk (the broker: replicated)',
    'batch {"count":1,"bytes":1} (the broker: {"count":10,"bytes":1000})',
    'retention 1000 (the broker: Infinity)',
  ])
})
