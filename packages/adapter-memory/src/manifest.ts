import type { Manifest } from '@anymq/core/driver'

/** What the in-memory broker offers in this version. */
export interface MemoryManifest extends Manifest {
  readonly capabilities: {
    readonly ordering: 'unsupported'
    readonly priority: 'unsupported'
    readonly delay: 'unsupported'
    readonly dedupe: 'unsupported'
    readonly ttl: 'unsupported'
    readonly groups: 'native'
  }
}

const YEAR = 365 * 24 * 3600 * 1000

/** Only `groups` is built so far; the rest comes with the capabilities of the contract. */
export const MANIFEST: MemoryManifest = Object.freeze({
  adapter: 'memory',
  version: '1',
  capabilities: Object.freeze({
    ordering: 'unsupported',
    priority: 'unsupported',
    delay: 'unsupported',
    dedupe: 'unsupported',
    ttl: 'unsupported',
    groups: 'native',
  }),
  durability: 'volatile',
  ack: 'stored',
  delay: Object.freeze({ kind: 'native', max: 10 * YEAR }),
  delayTolerance: 20,
  levels: 0,
  groups: 'open',
  history: 'none',
  batch: Object.freeze({ count: 1000, bytes: 16 * 1024 * 1024 }),
  partialBatch: true,
  maxBody: 128 * 1024 * 1024,
  span: 1_000_000,
  maxHold: YEAR,
  handlerTimeout: YEAR,
  balance: false,
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
