import type { Manifest } from '@anymq/core/driver'

/** What the in-memory broker offers. With a mask, core emulates what is left out; it cannot emulate `dedupe`. */
export interface MemoryManifest extends Manifest {
  readonly capabilities: {
    readonly ordering: 'native' | 'emulated'
    readonly priority: 'native' | 'emulated'
    readonly delay: 'native' | 'emulated'
    readonly dedupe: 'native' | 'unsupported'
    readonly ttl: 'native'
    readonly groups: 'native' | 'emulated'
  }
}

const YEAR = 365 * 24 * 3600 * 1000

/** Every capability native: the reference for all other adapters. */
export const MANIFEST: MemoryManifest = Object.freeze({
  adapter: 'memory',
  version: '1',
  capabilities: Object.freeze({
    ordering: 'native',
    priority: 'native',
    delay: 'native',
    dedupe: 'native',
    ttl: 'native',
    groups: 'native',
  }),
  durability: 'volatile',
  ack: 'stored',
  delay: Object.freeze({ kind: 'native', max: 10 * YEAR }),
  delayTolerance: 20,
  levels: 10,
  groups: 'open',
  history: 'none',
  batch: Object.freeze({ count: 1000, bytes: 16 * 1024 * 1024 }),
  partialBatch: false,
  maxBody: 128 * 1024 * 1024,
  span: 1_000_000,
  maxHold: YEAR,
  handlerTimeout: YEAR,
  balance: true,
  atomicMove: true,
  countsFailures: true,
  deliveries: 'exact',
  heldAttempts: 'kept',
  duplicates: 'none',
  peek: 'all',
  stats: 'free',
  statsLag: 0,
  retention: Infinity,
  nameLength: 255,
})
