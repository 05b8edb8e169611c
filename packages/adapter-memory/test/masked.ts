import { MqError, type Adapter, type Driver, type Feed, type Settlement, type Target } from '@anymq/core/driver'
import { memory, type MemoryConnection, type MemoryManifest, type MemoryServer } from '../src/index.ts'

type MemoryAdapter = Adapter<MemoryManifest, unknown, MemoryConnection>

/** What the broker shall lack, so that core has to make up for it. */
export interface Mask {
  /** No move, no counted or delayed release, and nothing that could wait: what is tried again has to stay in the process. */
  readonly settlements?: boolean
  /** No topics and groups: as on SQS. */
  readonly groups?: boolean
  /** No count of deliveries: as on Kafka. */
  readonly deliveries?: boolean
}

/** The in-memory adapter without some of its abilities: what core must not ask of it any more is an error. */
export function masked(mask: Mask, server: MemoryServer, full: MemoryAdapter = memory({ server })): MemoryAdapter {
  return {
    ...full,
    offers: without(full.offers, mask),
    connect: async (context, signal) => driverWithout(await full.connect(context, signal), mask),
  }
}

function without(manifest: MemoryManifest, { settlements, groups, deliveries }: Mask): MemoryManifest {
  const fewer = {
    ...manifest,
    ...(settlements === true
      ? { atomicMove: false, countsFailures: false, heldAttempts: 'restarts', delay: { kind: 'none' } }
      : {}),
    ...(deliveries === true ? { deliveries: 'none' } : {}),
    ...(groups === true ? { groups: 'closed', capabilities: { ...manifest.capabilities, groups: 'emulated' } } : {}),
  }
  return fewer as MemoryManifest
}

function driverWithout(
  driver: Driver<MemoryManifest, unknown, MemoryConnection>,
  mask: Mask,
): Driver<MemoryManifest, unknown, MemoryConnection> {
  const seen = (target: Target): Target => {
    if (mask.groups === true && target.kind !== 'queue') throw notThere(`a ${target.kind}`)
    return target
  }
  return {
    manifest: without(driver.manifest, mask),
    native: driver.native,
    ensure: async (target, mode) => driver.ensure(seen(target), mode),
    send: async (target, batch) => driver.send(seen(target), batch),
    open: async (target, options, sink) => feedWithout(await driver.open(seen(target), options, sink), mask),
    stats: async (target) => driver.stats(seen(target)),
    purge: async (target) => driver.purge(seen(target)),
    remove: async (target) => driver.remove(seen(target)),
    classify: (error) => driver.classify(error),
    close: () => driver.close(),
  }
}

function feedWithout(feed: Feed<unknown>, { settlements }: Mask): Feed<unknown> {
  if (settlements !== true) return feed
  return {
    settle: async (batch, urgent) => {
      for (const settlement of batch) refuse(settlement)
      return feed.settle(batch.map(asGiven), urgent)
    },
    resize: (window) => feed.resize(window),
    get alive() {
      return feed.alive
    },
    stop: () => feed.stop(),
    close: () => feed.close(),
  }
}

function refuse(settlement: Settlement<unknown>): void {
  if (settlement.action === 'move') throw notThere('a move')
  if (settlement.action === 'release' && (settlement.failed || settlement.delay > 0))
    throw notThere('a delayed release')
}

/** A broker that counts nothing keeps nothing of a hold. */
function asGiven(settlement: Settlement<unknown>): Settlement<unknown> {
  return settlement.action === 'hold' ? { ...settlement, attempt: 0, note: '' } : settlement
}

function notThere(what: string): MqError {
  return new MqError('MQ_INVALID', `${what} was asked of a broker that has none`)
}
