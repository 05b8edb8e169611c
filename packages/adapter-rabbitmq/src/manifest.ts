import type { Manifest } from '@anymq/core/driver'

/** What this spike offers; the complete adapter will offer more. */
export interface RabbitmqManifest extends Manifest {
  readonly capabilities: {
    readonly ordering: 'unsupported'
    readonly priority: 'unsupported'
    readonly delay: 'unsupported'
    readonly dedupe: 'unsupported'
    readonly ttl: 'unsupported'
    readonly groups: 'native'
  }
}

const MIB = 1024 * 1024
const HOUR = 3_600_000
/** For 8 KiB of user headers and 4 KiB of the library's. */
const ROOM_FOR_HEADERS = 12 * 1024

/** @param version as the server says; '' before a connection */
export function manifestFor(version: string): RabbitmqManifest {
  return {
    adapter: 'rabbitmq',
    version,
    capabilities: {
      ordering: 'unsupported',
      priority: 'unsupported',
      delay: 'unsupported',
      dedupe: 'unsupported',
      ttl: 'unsupported',
      groups: 'native',
    },
    durability: 'replicated',
    ack: 'sent',
    delay: { kind: 'none' },
    delayTolerance: 0,
    levels: 0,
    groups: 'open',
    history: 'none',
    batch: { count: 1000, bytes: 16 * MIB },
    partialBatch: true,
    maxBody: 16 * MIB - ROOM_FOR_HEADERS,
    // A prefetch count has 16 bits.
    span: 65_535,
    // Half of the broker's default consumer timeout of 30 minutes, which cannot be read over AMQP.
    maxHold: HOUR / 4,
    handlerTimeout: HOUR / 4,
    balance: false,
    atomicMove: false,
    countsFailures: false,
    deliveries: countsExactly(version) ? 'exact' : 'inflated',
    heldAttempts: 'restarts',
    duplicates: 'none',
    peek: 'all',
    stats: 'free',
    // Measured: up to 38 ms at the 99th percentile, and 0 from a leader that is too busy to be asked.
    statsLag: 100,
    retention: Infinity,
    nameLength: 255,
  }
}

/** Since 4.3 a release does not move the delivery count. */
function countsExactly(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > 4 || (major === 4 && minor >= 3)
}
