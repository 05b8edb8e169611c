import type { Manifest } from '@anymq/core/driver'
import { SPAN } from './finished-set.ts'

/** What the Kafka adapter offers in this version. */
export interface KafkaManifest extends Manifest {
  readonly capabilities: {
    readonly ordering: 'unsupported'
    readonly priority: 'unsupported'
    readonly delay: 'unsupported'
    readonly dedupe: 'unsupported'
    readonly ttl: 'emulated'
    readonly groups: 'native'
  }
}

const DAY = 24 * 3600 * 1000

/** A record batch may have 1,048,588 bytes by default; headers and framing need some of them. */
export const MANIFEST: KafkaManifest = Object.freeze({
  adapter: 'kafka',
  version: '',
  capabilities: Object.freeze({
    ordering: 'unsupported',
    priority: 'unsupported',
    delay: 'unsupported',
    dedupe: 'unsupported',
    ttl: 'emulated',
    groups: 'native',
  }),
  durability: 'replicated',
  ack: 'stored',
  delay: Object.freeze({ kind: 'none' }),
  delayTolerance: 0,
  levels: 0,
  groups: 'open',
  history: 'kept',
  batch: Object.freeze({ count: 500, bytes: 512 * 1024 }),
  partialBatch: true,
  maxBody: 960 * 1024,
  span: SPAN,
  maxHold: 14 * DAY,
  handlerTimeout: 14 * DAY,
  balance: false,
  atomicMove: false,
  countsFailures: false,
  deliveries: 'none',
  heldAttempts: 'restarts',
  duplicates: 'none',
  peek: 'all',
  stats: 'paid',
  statsLag: 0,
  retention: Infinity,
  nameLength: 249,
})
