import type { Adapter, BatchResult, Driver, Feed, Outgoing, Settlement, Target } from '@anymq/core/driver'
import {
  memory,
  memoryServer,
  type MemoryConnection,
  type MemoryManifest,
  type MemoryMask,
  type MemoryServer,
} from '../src/index.ts'

type MemoryDriver = Driver<MemoryManifest, unknown, MemoryConnection>

/** Where a fault can be put between core and the in-memory driver; what is left out goes straight through. */
export interface Faults {
  open?(target: Target, next: () => Promise<Feed<unknown>>): Promise<Feed<unknown>>
  send?(target: Target, batch: readonly Outgoing[], next: () => Promise<BatchResult>): Promise<BatchResult>
  settle?(batch: readonly Settlement<unknown>[], next: () => Promise<BatchResult>): Promise<BatchResult>
  resize?(next: () => Promise<void>): Promise<void>
  stop?(next: () => Promise<void>): Promise<void>
  close?(next: () => Promise<void>): Promise<void>
}

/** The in-memory adapter with faults on its way. */
export function faulty(
  faults: Faults,
  server: MemoryServer = memoryServer(),
  mask: readonly MemoryMask[] = [],
): Adapter<MemoryManifest, unknown, MemoryConnection> {
  const good = memory({ server, mask })
  return {
    ...good,
    connect: async (context, signal) => withFaults(await good.connect(context, signal), faults),
  }
}

function withFaults(driver: MemoryDriver, faults: Faults): MemoryDriver {
  return {
    manifest: driver.manifest,
    native: driver.native,
    ensure: (target, mode) => driver.ensure(target, mode),
    send: (target, batch) => {
      const next = (): Promise<BatchResult> => driver.send(target, batch)
      return faults.send === undefined ? next() : faults.send(target, batch, next)
    },
    open: (target, options, sink) => {
      const next = async (): Promise<Feed<unknown>> => feedWithFaults(await driver.open(target, options, sink), faults)
      return faults.open === undefined ? next() : faults.open(target, next)
    },
    stats: (target) => driver.stats(target),
    purge: (target) => driver.purge(target),
    remove: (target) => driver.remove(target),
    classify: (error) => driver.classify(error),
    close: () => driver.close(),
  }
}

function feedWithFaults(feed: Feed<unknown>, faults: Faults): Feed<unknown> {
  return {
    settle: (batch, urgent) => {
      const next = (): Promise<BatchResult> => feed.settle(batch, urgent)
      return faults.settle === undefined ? next() : faults.settle(batch, next)
    },
    resize: (window) => (faults.resize === undefined ? feed.resize(window) : faults.resize(() => feed.resize(window))),
    get alive() {
      return feed.alive
    },
    stop: () => (faults.stop === undefined ? feed.stop() : faults.stop(() => feed.stop())),
    close: () => (faults.close === undefined ? feed.close() : faults.close(() => feed.close())),
  }
}

/** A failure that may pass. */
export const PASSING = { code: 'MQ_THROTTLED', retryable: true, outcome: 'not-sent', message: 'not now' } as const
