import type { MqError } from './errors.ts'
import type { HealthStatus } from './health.ts'
import type { DeadReason } from './policy/dead-reason.ts'

/**
 * What happens inside, for programs: `createBroker(…, { onEvent })`. One union, told apart by `event`.
 * Each is mirrored on `node:diagnostics_channel`, on a channel of its own: `anymq:retry`, `anymq:dead-letter` and so on, with
 * `adapter` beside its fields, for every broker object of the process. What a subscriber throws Node reports as an uncaught
 * exception, as on every channel; the broker object goes on. Without a subscriber the mirror costs nothing.
 */
export type BrokerEvent =
  /** A connection stands; `again` after the first. */
  | { readonly event: 'connected'; readonly again: boolean }
  | { readonly event: 'connection-lost'; readonly error: MqError }
  | { readonly event: 'connect-failed'; readonly error: MqError; readonly attempt: number }
  /** Places on the broker, at their physical names, of which something could not be compared with the definitions. Sentences. */
  | { readonly event: 'unverified'; readonly facts: readonly string[] }
  /** What is on the broker lists levels or groups that the definition here does not, such as `group "audit"`. */
  | { readonly event: 'wider'; readonly destination: string; readonly more: readonly string[] }
  /** What had vanished from the broker has been declared again; what it held is lost. */
  | { readonly event: 'redeclared'; readonly destination: string; readonly address: string }
  | { readonly event: 'health'; readonly status: HealthStatus; readonly reasons: readonly string[] }
  /** A batch or some of its items will be tried again. */
  | { readonly event: 'send-retry'; readonly destination: string; readonly count: number; readonly error: MqError }
  /** A send or a batch was rejected; `id` is that of the first message, '' where it had none yet. */
  | { readonly event: 'send-failed'; readonly destination: string; readonly id: string; readonly error: MqError }
  /** A topic without any group accepted a message that nobody will get. Said once per topic. */
  | { readonly event: 'no-groups'; readonly destination: string }
  /** A handler failed and the message comes again after `delay` milliseconds. */
  | {
      readonly event: 'retry'
      readonly source: string
      readonly id: string
      readonly attempt: number
      readonly delay: number
      readonly error: unknown
    }
  /** Said when it is decided, before the broker has the message in its dead-letter queue. */
  | {
      readonly event: 'dead-letter'
      readonly source: string
      readonly id: string
      readonly attempt: number
      readonly reason: DeadReason
      readonly error: unknown
    }
  /** Attempts used up where the definition says `deadLetter: 'drop'`. */
  | {
      readonly event: 'dropped'
      readonly source: string
      readonly id: string
      readonly attempt: number
      readonly reason: DeadReason
      readonly error: unknown
    }
  /** A source cannot be consumed, and trying again would not help; its subscriptions have ended with this error. */
  | { readonly event: 'consume-failed'; readonly source: string; readonly error: MqError }
  /** A message that a handler or a user had in hand belongs to somebody else now. */
  | { readonly event: 'lease-lost'; readonly source: string; readonly id: string }
  /** A handler outlived its timeout: its signal has aborted and its grace runs. */
  | { readonly event: 'handler-timeout'; readonly source: string; readonly id: string; readonly attempt: number }
  /** A handler threw `Defer` with `pause: true`: its subscription starts nothing for `duration` milliseconds. */
  | { readonly event: 'paused'; readonly source: string; readonly id: string; readonly duration: number }
  /** A pulled message was not settled in time. */
  | { readonly event: 'unsettled'; readonly source: string; readonly id: string }
  /** Messages of one key fill what may be held for keys that are busy: until they are handled nothing else comes in. */
  | { readonly event: 'span-full'; readonly source: string; readonly key: string | undefined }
  /** A message of a newer wire version waits for a newer library. Said once per source. */
  | { readonly event: 'unknown-version'; readonly source: string; readonly id: string; readonly version: string }
  /** The broker refused a settlement; it is tried again or given up. */
  | { readonly event: 'settle-failed'; readonly source: string; readonly id: string; readonly error: MqError }

/** Called synchronously; what it throws is logged and goes no further. */
export type EventListener = (event: BrokerEvent) => void
