import type { Driver, Feed, Incoming, Outgoing, Settlement, Sink, Target } from '@anymq/core/driver'
import type { MemoryConnection } from '../connection.ts'
import type { Receipt } from '../entry.ts'
import type { MemoryManifest } from '../manifest.ts'
import type { MemoryAdapter } from '../memory.ts'

type MemoryDriver = Driver<MemoryManifest, Receipt, MemoryConnection>

/** Hears what becomes of messages. */
export interface Tap {
  sent(target: Target, message: Outgoing): void
  acked(target: Target, message: Incoming<Receipt>): void
  dead(target: Target, message: Outgoing): void
}

/** The adapter with a tap: what the broker has taken is told. */
export function tapped(adapter: MemoryAdapter, tap: Tap): MemoryAdapter {
  return Object.freeze({
    ...adapter,
    connect: async (...given: Parameters<MemoryAdapter['connect']>) =>
      tappedDriver(await adapter.connect(...given), tap),
  })
}

function tappedDriver(driver: MemoryDriver, tap: Tap): MemoryDriver {
  return {
    manifest: driver.manifest,
    native: driver.native,
    ensure: (target, mode) => driver.ensure(target, mode),
    send: async (target, batch) => {
      const result = await driver.send(target, batch)
      const failed = new Set((result.failed ?? []).map(({ index }) => index))
      batch.forEach((message, index) => {
        if (!failed.has(index)) tap.sent(target, message)
      })
      return result
    },
    open: async (target, options, sink) => {
      const held = new Map<Receipt, Incoming<Receipt>>()
      return tappedFeed(await driver.open(target, options, tappedSink(sink, held)), target, held, tap)
    },
    stats: (target) => driver.stats(target),
    purge: (target) => driver.purge(target),
    remove: (target) => driver.remove(target),
    classify: (error) => driver.classify(error),
    close: () => driver.close(),
  }
}

function tappedSink(sink: Sink<Receipt>, held: Map<Receipt, Incoming<Receipt>>): Sink<Receipt> {
  return {
    deliver: (batch) => {
      for (const incoming of batch) held.set(incoming.receipt, incoming)
      sink.deliver(batch)
    },
    demand: () => sink.demand(),
    revoke: (lost) => {
      for (const receipt of held.keys()) if (lost(receipt)) held.delete(receipt)
      sink.revoke(lost)
    },
    fail: (error) => sink.fail(error),
  }
}

function tappedFeed(
  feed: Feed<Receipt>,
  target: Target,
  held: Map<Receipt, Incoming<Receipt>>,
  tap: Tap,
): Feed<Receipt> {
  const tell = (settlement: Settlement<Receipt>): void => {
    const incoming = held.get(settlement.receipt)
    if (incoming === undefined || settlement.action === 'extend' || settlement.action === 'hold') return
    held.delete(settlement.receipt)
    if (settlement.action === 'ack') tap.acked(target, incoming)
    else if (settlement.action === 'move' && settlement.to.role === 'dead') tap.dead(target, settlement.message)
  }
  return {
    settle: async (batch, urgent) => {
      const result = await feed.settle(batch, urgent)
      const failed = new Set((result.failed ?? []).map(({ index }) => index))
      batch.forEach((settlement, index) => {
        if (!failed.has(index)) tell(settlement)
      })
      return result
    },
    resize: (window) => feed.resize(window),
    get alive() {
      return feed.alive
    },
    stop: () => feed.stop(),
    close: () => feed.close(),
  }
}
