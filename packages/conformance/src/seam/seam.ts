import type {
  Adapter,
  BatchResult,
  Driver,
  DriverContext,
  EnsureMode,
  Ensured,
  Feed,
  Incoming,
  OpenOptions,
  Outgoing,
  Settlement,
  Sink,
  Stats,
  Target,
} from '@anymq/core/driver'

/** What can stand between core and a driver; what is left out goes straight through. */
export interface Seam {
  /** Where the driver is told that a place is. */
  readonly place?: (target: Target) => Target
  readonly ensure?: (target: Target, mode: EnsureMode, next: (mode: EnsureMode) => Promise<Ensured>) => Promise<Ensured>
  readonly send?: (target: Target, batch: readonly Outgoing[], next: Send) => Promise<BatchResult>
  readonly open?: (
    target: Target,
    options: OpenOptions,
    next: (options: OpenOptions) => Promise<Feed<unknown>>,
  ) => Promise<Feed<unknown>>
  /** Deliveries on their way to core. */
  readonly deliver?: (
    target: Target,
    batch: readonly Incoming<unknown>[],
    next: (batch: readonly Incoming<unknown>[]) => void,
  ) => void
  readonly demand?: (target: Target, next: () => number | Promise<number>) => number | Promise<number>
  readonly revoke?: (target: Target, lost: (receipt: unknown) => boolean, next: () => void) => void
  readonly settle?: (target: Target, batch: readonly Settlement<unknown>[], next: Settle) => Promise<BatchResult>
  readonly stop?: (target: Target, next: () => Promise<void>) => Promise<void>
  readonly closeFeed?: (target: Target, next: () => Promise<void>) => Promise<void>
  readonly stats?: (target: Target, next: () => Promise<Stats>) => Promise<Stats>
  readonly purge?: (target: Target, next: () => Promise<void>) => Promise<void>
  readonly remove?: (target: Target, next: () => Promise<void>) => Promise<void>
  readonly close?: (next: () => Promise<void>) => Promise<void>
}

export type Send = (batch: readonly Outgoing[]) => Promise<BatchResult>
type Settle = (batch: readonly Settlement<unknown>[]) => Promise<BatchResult>

/** Makes a seam for one connection; `count` is 1 for the first of an adapter. */
export type SeamMaker = (context: DriverContext, count: number) => Seam

/** The adapter with a seam between core and each of its connections. */
export function withSeam<A extends Adapter>(adapter: A, make: SeamMaker): A {
  let count = 0
  return {
    ...adapter,
    connect: async (context: DriverContext, signal: AbortSignal) =>
      seamedDriver(await adapter.connect(context, signal), make(context, ++count)),
  }
}

function seamedDriver(driver: Driver, seam: Seam): Driver {
  const { place = asIs } = seam
  return {
    manifest: driver.manifest,
    get native() {
      return driver.native
    },
    ensure: (target, mode) => {
      const next = (changed: EnsureMode): Promise<Ensured> => driver.ensure(place(target), changed)
      return seam.ensure === undefined ? next(mode) : seam.ensure(target, mode, next)
    },
    send: (target, batch) => {
      const next: Send = (changed) => driver.send(place(target), changed)
      return seam.send === undefined ? next(batch) : seam.send(target, batch, next)
    },
    open: async (target, options, sink) => {
      const next = (changed: OpenOptions): Promise<Feed<unknown>> =>
        driver.open(place(target), changed, seamedSink(sink, target, seam))
      const feed = await (seam.open === undefined ? next(options) : seam.open(target, options, next))
      return seamedFeed(feed, target, seam)
    },
    stats: (target) => through(seam.stats, target)(() => driver.stats(place(target))),
    purge: (target) => through(seam.purge, target)(() => driver.purge(place(target))),
    remove: (target) => through(seam.remove, target)(() => driver.remove(place(target))),
    classify: (error) => driver.classify(error),
    close: () => through(seam.close)(() => driver.close()),
  }
}

function seamedSink(sink: Sink<unknown>, target: Target, seam: Seam): Sink<unknown> {
  return {
    deliver: (batch) => {
      if (seam.deliver === undefined) sink.deliver(batch)
      else seam.deliver(target, batch, (changed) => sink.deliver(changed))
    },
    demand: () => (seam.demand === undefined ? sink.demand() : seam.demand(target, () => sink.demand())),
    revoke: (lost) => {
      if (seam.revoke === undefined) sink.revoke(lost)
      else seam.revoke(target, lost, () => sink.revoke(lost))
    },
    fail: (error) => sink.fail(error),
  }
}

function seamedFeed(feed: Feed<unknown>, target: Target, seam: Seam): Feed<unknown> {
  return {
    settle: (batch, urgent) => {
      const next: Settle = (changed) => feed.settle(placed(changed, seam), urgent)
      return seam.settle === undefined ? next(batch) : seam.settle(target, batch, next)
    },
    resize: (window) => feed.resize(window),
    get alive() {
      return feed.alive
    },
    stop: () => through(seam.stop, target)(() => feed.stop()),
    close: () => through(seam.closeFeed, target)(() => feed.close()),
  }
}

/** What is moved goes where the driver is told that its place is. */
function placed(batch: readonly Settlement<unknown>[], { place }: Seam): readonly Settlement<unknown>[] {
  if (place === undefined) return batch
  return batch.map((one) => (one.action === 'move' ? { ...one, to: place(one.to) } : one))
}

function asIs(target: Target): Target {
  return target
}

/** The step as the seam has it, or as it is. */
function through<Given extends readonly unknown[], Result>(
  step: ((...all: [...Given, () => Result]) => Result) | undefined,
  ...given: Given
): (next: () => Result) => Result {
  return (next) => (step === undefined ? next() : step(...given, next))
}
