import {
  MqError,
  type BatchResult,
  type Driver,
  type Feed,
  type Outgoing,
  type Settlement,
  type Target,
} from '@anymq/core/driver'
import type { MemoryConnection } from './connection.ts'
import type { Receipt } from './entry.ts'
import type { MemoryManifest } from './manifest.ts'
import { maskedManifest, type MemoryMask } from './mask.ts'

type MemoryDriver = Driver<MemoryManifest, Receipt, MemoryConnection>
type Mask = ReadonlySet<MemoryMask>

/** The driver without some of its abilities: asking for one is an error, so that core cannot lean on it in secret. */
export function maskedDriver(driver: MemoryDriver, mask: Mask): MemoryDriver {
  if (mask.size === 0) return driver
  const manifest = maskedManifest(driver.manifest, mask)
  const seen = (target: Target): Target => {
    refuseTarget(target, mask)
    return target
  }
  return {
    manifest,
    native: driver.native,
    ensure: async (target, mode) => driver.ensure(seen(target), mode),
    send: async (target, batch) => {
      for (const message of batch) refuseWait(seen(target), message, manifest)
      return mask.has('partialBatch') ? sendEach(driver, target, batch) : driver.send(target, batch)
    },
    open: async (target, options, sink) => maskedFeed(await driver.open(seen(target), options, sink), mask),
    stats: async (target) => driver.stats(seen(target)),
    purge: async (target) => driver.purge(seen(target)),
    remove: async (target) => driver.remove(seen(target)),
    classify: (error) => driver.classify(error),
    close: () => driver.close(),
  }
}

/** Each on its own: that one is refused says nothing about the next. */
async function sendEach(driver: MemoryDriver, target: Target, batch: readonly Outgoing[]): Promise<BatchResult> {
  const results = await Promise.all(batch.map((message) => driver.send(target, [message])))
  const failed = results.flatMap((result, index) => (result.failed ?? []).map(({ failure }) => ({ index, failure })))
  const places = (of: 'unroutable' | 'duplicates'): number[] =>
    results.flatMap((result, index) => (result[of] === undefined ? [] : [index]))
  return { failed, unroutable: places('unroutable'), duplicates: places('duplicates') }
}

function refuseTarget(target: Target, mask: Mask): void {
  if (mask.has('groups') && target.kind !== 'queue') throw notThere(`a ${target.kind}`)
  if (mask.has('priority') && target.levels.length > 0) throw notThere('levels')
  // Nobody consumes a topic: its part keeps no order per key, and those of its groups are exclusive.
  const isPart = target.kind === 'topic' && target.shard !== undefined
  const isPlain = target.role === 'dead' || target.role === 'delay' || isPart
  if (mask.has('ordering') && target.ordered && !target.exclusive && !isPlain) throw notThere('order per key')
}

function refuseWait({ role }: Target, { notBefore }: Outgoing, { delay }: MemoryManifest): void {
  if (notBefore === 0 || delay.kind === 'native') return
  if (delay.kind === 'tiers' || role !== 'delay') throw notThere('a delayed send')
}

function maskedFeed(feed: Feed<Receipt>, mask: Mask): Feed<Receipt> {
  if (!mask.has('atomicMove') && !mask.has('countsFailures')) return feed
  return {
    settle: async (batch, urgent) => {
      for (const settlement of batch) refuseSettlement(settlement, mask)
      return feed.settle(mask.has('countsFailures') ? batch.map(forgotten) : batch, urgent)
    },
    resize: (window) => feed.resize(window),
    get alive() {
      return feed.alive
    },
    stop: () => feed.stop(),
    close: () => feed.close(),
  }
}

function refuseSettlement(settlement: Settlement<Receipt>, mask: Mask): void {
  if (mask.has('atomicMove') && settlement.action === 'move') throw notThere('a move')
  if (mask.has('countsFailures') && settlement.action === 'release' && (settlement.failed || settlement.delay > 0))
    throw notThere('a delayed release')
}

/** A broker that counts nothing keeps nothing of a hold. */
function forgotten(settlement: Settlement<Receipt>): Settlement<Receipt> {
  return settlement.action === 'hold' ? { ...settlement, attempt: 0, note: '' } : settlement
}

function notThere(what: string): MqError {
  return new MqError('MQ_INVALID', `${what} was asked of a broker that has none`)
}
