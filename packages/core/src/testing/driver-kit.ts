import { Buffer } from 'node:buffer'
import { silentLogger, type Logger } from '../log.ts'
import { systemClock } from '../mechanism/clock.ts'
import { uuidV7 } from '../mechanism/ids.ts'
import { systemRandomness } from '../mechanism/random.ts'
import type { DriverContext } from '../spi/driver.ts'
import type { Outgoing } from '../spi/messages.ts'
import type { Target } from '../spi/target.ts'

// What core hands to a driver, for tests that speak to a driver alone.

/** A context in real time. What the driver says goes to `lines`: log texts, `lost: …`, `degraded: …`. */
export function fakeContext(lines: string[] = []): DriverContext {
  const say = (_fields: unknown, text: string): void => void lines.push(text)
  const log: Logger = { ...silentLogger, debug: say, info: say, warn: say, error: say }
  return {
    clock: systemClock,
    ids: uuidV7(systemClock, systemRandomness),
    log,
    lost: (error) => void lines.push(`lost: ${String(error)}`),
    state: (level, reason) => void lines.push(`${level}: ${reason}`),
  }
}

/** A target as core composes it, plain but for what is said. Default retention: 14 days. */
export function fakeTarget(kind: Target['kind'], address: string, own: Partial<Target> = {}): Target {
  return {
    address,
    kind,
    role: 'main',
    name: address,
    of: undefined,
    dead: undefined,
    level: undefined,
    levels: [],
    policy: 'weighted',
    shard: undefined,
    shards: 0,
    exclusive: false,
    ordered: false,
    lifetime: 'durable',
    dedupeWindow: 0,
    maxDelay: 0,
    retention: 14 * 24 * 3600 * 1000,
    from: 'now',
    fingerprint: '',
    native: undefined,
    ...own,
  }
}

/** A message on its way, plain but for what is said. By default its body is its id. */
export function fakeOutgoing(id: string, own: Partial<Outgoing> = {}): Outgoing {
  return {
    id,
    body: Buffer.from(id),
    headers: { 'anymq-v': '1', 'anymq-id': id },
    key: undefined,
    level: undefined,
    shard: undefined,
    notBefore: 0,
    dedupeId: undefined,
    confirm: true,
    native: undefined,
    ...own,
  }
}
