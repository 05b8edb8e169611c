import type { Logger } from '../log.ts'
import type { Clock } from '../mechanism/clock.ts'
import type { IdSource } from '../mechanism/ids.ts'
import type { Manifest } from './manifest.ts'
import type { BatchResult, Failure, Incoming, Outgoing, Settlement, Stats } from './messages.ts'
import type { Target } from './target.ts'

/** What core hands to a connection. */
export interface DriverContext {
  readonly clock: Clock
  readonly ids: IdSource
  readonly log: Logger
  /** The connection is gone. Core gives up everything that hung on it and connects again. */
  lost(error: unknown): void
  /** The connection lives but something is wrong with it, or no longer is. Shown in `health`. */
  state(level: 'up' | 'degraded', reason: string): void
}

/** The package for one broker, configured. Constructing it does no I/O. */
export interface Adapter<M extends Manifest = Manifest, R = unknown, N = unknown> {
  /** Version of this interface. */
  readonly spi: 1
  /** The static floor: what every supported version of the broker has. Drives the compiler. */
  readonly offers: M
  /** Open one connection. Rejects with a native error; `signal` ends the attempt. */
  connect(context: DriverContext, signal: AbortSignal): Promise<Driver<M, R, N>>
  /** A native error from `connect` in portable words. Never throws. */
  classify(error: unknown): Failure
}

/** One connection epoch. It translates and never decides: no retries, no reconnection, no policy. */
export interface Driver<M extends Manifest = Manifest, R = unknown, N = unknown> {
  /** After probing the broker's version. */
  readonly manifest: M
  /** The client's own objects. */
  readonly native: N
  /**
   * Create the entity, or check that it exists with these traits. Idempotent, and safe when processes race.
   * Differences are thrown as MQ_MISMATCH: property, expected, found. Where the broker can keep a text, `reconciled` judges the fingerprint.
   */
  ensure(target: Target, mode: EnsureMode): Promise<Ensured<M>>
  /** Resolve when the broker has taken responsibility. No retries here. */
  send(target: Target, batch: readonly Outgoing[]): Promise<BatchResult>
  /** Start delivering into the sink. */
  open(target: Target, options: OpenOptions, sink: Sink<R>): Promise<Feed<R>>
  /** Undefined where the broker does not tell. */
  stats(target: Target): Promise<Stats>
  /** Remove the ready messages. */
  purge(target: Target): Promise<void>
  remove(target: Target): Promise<void>
  /** A native error in portable words. Never throws. */
  classify(error: unknown): Failure
  /** Everything that hung on this connection ends; what was leased may be given to others at once. */
  close(): Promise<void>
}

/** `replace`: as `create`, and the stored fingerprint becomes this one; only because a user said so. */
export type EnsureMode = 'create' | 'verify' | 'replace'

/** What `ensure` found. Everything may be left out. */
export interface Ensured<M extends Manifest = Manifest> {
  /** What this entity offers less than the manifest says. */
  readonly weaker?: Partial<M>
  /** What could not be read of an entity that exists, in words. */
  readonly unverified?: readonly string[]
  /** True: it was not there. */
  readonly created?: boolean
  /** The fingerprint that is stored with it now. */
  readonly fingerprint?: string
}

/** How a feed is read. */
export interface OpenOptions {
  /** Most deliveries running and ready together. */
  readonly window: number
  /** Most deliveries held in all. */
  readonly span: number
  /** Milliseconds. */
  readonly lease: number
  /** 0 to 1: how much this holder should have an exclusive target. */
  readonly preference: number
  /** For looking only: everything is given back, and counters move as little as the broker allows. */
  readonly browse: boolean
}

/** An open flow of deliveries from one target. */
export interface Feed<R> {
  /**
   * Apply in order. Items not listed in the result succeeded. A lost receipt is a failure item with MQ_LEASE_LOST,
   * not an exception. `urgent`: somebody waits for it.
   */
  settle(batch: readonly Settlement<R>[], urgent: boolean): Promise<BatchResult>
  /** The window changed. Push brokers subscribe anew without losing unsettled receipts; polled ones need nothing. */
  resize(window: number): Promise<void>
  /** Monotonic time of the last sign of life: a delivery, an empty poll, a heartbeat. */
  readonly alive: number
  /** No `deliver` after this resolves; `settle` still works. */
  stop(): Promise<void>
  close(): Promise<void>
}

/** Where a feed delivers to: core. */
export interface Sink<R> {
  /** Synchronous; never throws; does not keep the array. */
  deliver(batch: readonly Incoming<R>[]): void
  /** Deliveries wanted now; a promise while there are none wanted. */
  demand(): number | Promise<number>
  /** Receipts for which `lost` is true are no longer ours. Not one whose settlement the driver has taken and can still carry out: its answer tells. */
  revoke(lost: (receipt: R) => boolean): void
  /** The feed is dead: core marks everything lost, waits a little and opens it again. */
  fail(error: unknown): void
}
