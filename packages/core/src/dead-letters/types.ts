import type { MqError } from '../errors.ts'
import type { DeadReason } from '../policy/dead-reason.ts'
import type { Headers } from '../spi/messages.ts'

interface DeadMeta {
  readonly id: string
  readonly key: string | undefined
  readonly type: string | undefined
  readonly headers: Headers
  readonly priority: string | undefined
  readonly reason: DeadReason
  /** Name and message of the last error; for an invalid body what is wrong with it. */
  readonly error: string
  /** The source it failed in, such as `order-placed/payment`. */
  readonly origin: string | undefined
  /** Handler runs that failed. */
  readonly attempts: number
  readonly redriven: number
  readonly sentAt: Date
  readonly failedFirstAt: Date | undefined
  readonly failedLastAt: Date | undefined
}

/** A dead letter whose body the codec and the schema accept. */
export interface ValidDeadMessage<Body> extends DeadMeta {
  readonly valid: true
  readonly body: Body
}

/** A dead letter whose body they refuse: its bytes as they came. */
export interface InvalidDeadMessage extends DeadMeta {
  readonly valid: false
  readonly raw: Uint8Array
}

export type DeadMessage<Body> = ValidDeadMessage<Body> | InvalidDeadMessage

/** What to redrive, and how. */
export interface RedriveOptions<In, Out> {
  /** Only these. Default: all. */
  readonly ids?: readonly string[]
  /** Only those for which it returns true. Synchronous: a promise is refused. One that throws keeps its message. Default: all. */
  readonly where?: (message: DeadMessage<Out>) => boolean
  /**
   * A repaired body to send instead, checked like any other; undefined keeps the message where it is. Synchronous: a promise is
   * refused. Default: the bytes as they are.
   */
  readonly map?: (message: DeadMessage<Out>) => In | undefined
  /** Most messages moved. Default: no limit. */
  readonly limit?: number
  /** Most messages looked at, at most 1,000,000. What stays is held until the end, by its receipt alone. Default 10,000. */
  readonly scan?: number
  /** Messages per second, spread evenly. Default: as fast as the broker takes them. */
  readonly rate?: number
  /** True: move nothing, and report what would be moved; `rate` does not slow it down. Default false. */
  readonly dryRun?: boolean
  /**
   * Interrupts between two messages. What was moved stays moved; the promise resolves with what was done and `complete: false`,
   * and the redrive can be run again. Default: none.
   */
  readonly signal?: AbortSignal
}

/** What a redrive did. */
export interface RedriveResult {
  readonly moved: number
  /** Looked at and left in the dead-letter queue. */
  readonly kept: number
  /**
   * False if it stopped before it had looked at everything that was there at its start: `limit`, `scan` or `signal` ended it,
   * others hold some, or there are more than the broker lets one consumer hold (manifest `span`).
   */
  readonly complete: boolean
  /** Messages that stayed because `where` or `map` threw or the repaired body was refused, or because they could not be moved. */
  readonly failed: readonly { readonly id: string; readonly error: MqError }[]
}

/** The dead-letter queue of one source: flat and unordered, whatever the source is. */
export interface DeadLetters<In, Out> {
  /**
   * Look at the first messages without moving, losing or exhausting any. `max` default 20, at most 10,000. Where fewer come than
   * were counted, because somebody else takes them, it shows what came after 5 s without a new one.
   */
  peek(options?: { readonly max?: number }): Promise<DeadMessage<Out>[]>
  /** How many there are. */
  count(): Promise<number>
  /**
   * Move them back to the source they came from, in order, with attempt 1 and one more `redriven`. Looks at nothing that came
   * after its start.
   *
   * @throws MQ_CONFIG for bad options; MQ_CONNECTION when the connection is lost: what was moved stays moved
   */
  redrive(options?: RedriveOptions<In, Out>): Promise<RedriveResult>
  /**
   * Delete those that `ids` and `where` choose, of those that are there now, and no other. Resolves with how many.
   *
   * @throws MQ_CONFIG without `ids` and `where`: `purge` deletes all; MQ_INVALID at the end if `where` threw for some: those stay
   */
  discard(options: {
    readonly ids?: readonly string[]
    readonly where?: (message: DeadMessage<Out>) => boolean
  }): Promise<number>
  /** Delete all that are ready; what somebody holds at the moment may stay. */
  purge(): Promise<void>
}
