/** The driver interface: all that an adapter author writes against. */
export type { Adapter, Driver, DriverContext, Ensured, EnsureMode, Feed, OpenOptions, Sink } from './spi/driver.ts'
export { isSameShape, levelsIn, reconciled } from './spi/fingerprint.ts'
export { LevelMux } from './mechanism/level-mux.ts'
export { keyHash } from './mechanism/murmur2.ts'
export type { Capabilities, Level, Manifest } from './spi/manifest.ts'
export type {
  BatchResult,
  Failure,
  Headers,
  Incoming,
  Outgoing,
  SettleAction,
  Settlement,
  Stats,
} from './spi/messages.ts'
export { pullFeed } from './spi/pull-feed.ts'
export type { Polling } from './spi/pull-feed.ts'
export type { Target } from './spi/target.ts'
export type { Clock, Timer } from './mechanism/clock.ts'
export type { IdSource } from './mechanism/ids.ts'
export { Ring } from './mechanism/ring.ts'
export type { Logger, LogFields } from './log.ts'
export { MqError } from './errors.ts'
export type { MqErrorCode, MqErrorOptions, Problem, SendOutcome } from './errors.ts'
