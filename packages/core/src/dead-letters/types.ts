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

/** What to redrive. */
export interface RedriveOptions<In, Out> {
  /** Only these. Default: all. */
  readonly ids?: readonly string[]
  /**
   * A repaired body to send instead, checked like any other; undefined keeps the message where it is. Synchronous: a promise is
   * refused. Default: the bytes as they are.
   */
  readonly map?: (message: DeadMessage<Out>) => In | undefined
  /** Not built in this version. */
  readonly where?: (message: DeadMessage<Out>) => boolean
  /** Not built in this version. */
  readonly limit?: number
  /** Not built in this version. */
  readonly scan?: number
  /** Messages per second. Not built in this version. */
  readonly rate?: number
  /** Not built in this version. */
  readonly dryRun?: boolean
  /** Not built in this version. */
  readonly signal?: AbortSignal
}

/** What a redrive did. */
export interface RedriveResult {
  readonly moved: number
  /** Looked at and left in the dead-letter queue. */
  readonly kept: number
  /** False if it stopped before it had looked at everything that was there at its start. */
  readonly complete: boolean
  /** Messages that stayed because `map` threw or its body was refused, or because they could not be moved. */
  readonly failed: readonly { readonly id: string; readonly error: MqError }[]
}

/** The dead-letter queue of one source. */
export interface DeadLetters<In, Out> {
  /**
   * Look at the first messages without moving, losing or exhausting any. `max` default 20, at most 10,000. Where fewer come than
   * were counted, because somebody else takes them, it shows what came after 5 s without a new one.
   */
  peek(options?: { readonly max?: number }): Promise<DeadMessage<Out>[]>
  /** How many there are. */
  count(): Promise<number>
  /** Move them back to the source they came from, in order, with attempt 1 and one more `redriven`. */
  redrive(options?: RedriveOptions<In, Out>): Promise<RedriveResult>
  /** Not built in this version: throws MQ_UNSUPPORTED. */
  discard(options?: {
    readonly ids?: readonly string[]
    readonly where?: (message: DeadMessage<Out>) => boolean
  }): Promise<number>
  /** Not built in this version: throws MQ_UNSUPPORTED. */
  purge(): Promise<void>
}
