import type { Manifest } from '@anymq/core/driver'

/** What this spike offers; the complete adapter will offer more. */
export interface SqsManifest extends Manifest {
  readonly capabilities: {
    readonly ordering: 'unsupported'
    readonly priority: 'unsupported'
    readonly delay: 'unsupported'
    readonly dedupe: 'unsupported'
    readonly ttl: 'unsupported'
    readonly groups: 'emulated'
  }
}

const MIB = 1024 * 1024
const HOUR = 3_600_000
/** For 8 KiB of user headers and 4 KiB of the library's. */
const ROOM_FOR_HEADERS = 12 * 1024

/** Limits: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
export const MANIFEST: SqsManifest = Object.freeze({
  adapter: 'sqs',
  version: '',
  capabilities: Object.freeze({
    ordering: 'unsupported',
    priority: 'unsupported',
    delay: 'unsupported',
    dedupe: 'unsupported',
    ttl: 'unsupported',
    groups: 'emulated',
  }),
  durability: 'replicated',
  ack: 'stored',
  delay: Object.freeze({ kind: 'none' }),
  delayTolerance: 0,
  levels: 0,
  groups: 'closed',
  history: 'none',
  // Of the mebibyte a request may have: bytes that are no text grow by a third, and headers are packed as JSON.
  batch: Object.freeze({ count: 10, bytes: 700 * 1024 }),
  partialBatch: true,
  // Bytes that are no text travel as base64, which takes a third more.
  maxBody: ((MIB - ROOM_FOR_HEADERS) * 3) / 4,
  // 120,000 may be in flight per queue, for all consumers together.
  span: 20_000,
  maxHold: 12 * HOUR,
  handlerTimeout: 12 * HOUR,
  balance: false,
  atomicMove: false,
  countsFailures: false,
  deliveries: 'inflated',
  heldAttempts: 'restarts',
  duplicates: 'rare',
  peek: 'partial',
  stats: 'paid',
  // Amazon's counts are approximate; ElasticMQ's are exact.
  statsLag: 0,
  retention: 14 * 24 * HOUR,
  nameLength: 80,
})
