/** Every code that the library itself raises. The union is open: an adapter may add its own. */
export type MqErrorCode =
  | 'MQ_CONFIG'
  | 'MQ_UNSUPPORTED'
  | 'MQ_CONNECTION'
  | 'MQ_TIMEOUT'
  | 'MQ_THROTTLED'
  | 'MQ_DENIED'
  | 'MQ_NOT_FOUND'
  | 'MQ_MISMATCH'
  | 'MQ_TOO_LARGE'
  | 'MQ_INVALID'
  | 'MQ_DECODE'
  | 'MQ_SEND'
  | 'MQ_LEASE_LOST'
  | 'MQ_ALREADY_SETTLED'
  | 'MQ_CLOSED'
  | 'MQ_ABORTED'

/** One thing that is wrong. `message` is the whole sentence; the other fields serve programs. */
export interface Problem {
  /** Where: a definition and the field in it, as in `queue "orders" > retry.attempts`. */
  readonly path: string
  /** What is wrong, what was found, what is allowed and what to do. */
  readonly message: string
}

/** What is known of a send that failed. `unknown`: the broker may or may not have the message. */
export type SendOutcome = 'not-sent' | 'unknown'

/** One item of a batch that was not taken. */
export interface FailedItem {
  /** Position in the batch. */
  readonly index: number
  readonly id: string
  readonly outcome: SendOutcome
  readonly error: MqError
}

export interface MqErrorOptions {
  /** Whether the same call may succeed later. Default false. */
  readonly retryable?: boolean
  /** The adapter that was used, such as `memory`. */
  readonly adapter?: string
  /** The queue, topic or group. */
  readonly destination?: string
  readonly cause?: unknown
  /** Default: none. */
  readonly problems?: readonly Problem[]
}

const BRAND = Symbol.for('anymq.error')

/** The one error class. Tell errors apart by `code`: `MqError.is(error, 'MQ_SEND')`. */
export class MqError<Code extends string = string> extends Error {
  readonly code: Code
  /** Whether the same call may succeed later. */
  readonly retryable: boolean
  readonly adapter: string | undefined
  readonly destination: string | undefined
  /** Every problem of a bad definition, option or unsupported request; else empty. */
  readonly problems: readonly Problem[]

  constructor(code: Code, message: string, options: MqErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'MqError'
    this.code = code
    this.retryable = options.retryable ?? false
    this.adapter = options.adapter
    this.destination = options.destination
    this.problems = options.problems ?? []
    Object.defineProperty(this, BRAND, { value: true })
  }

  /** True for errors of this library, also when two copies of it are loaded; with a code, for that code alone. */
  static is(error: unknown): error is MqError
  static is(error: unknown, code: 'MQ_SEND'): error is SendError
  static is<Code extends MqErrorCode>(error: unknown, code: Code): error is MqError<Code>
  static is(error: unknown, code?: string): boolean {
    return isBranded(error, BRAND) && (code === undefined || (error as { code?: unknown }).code === code)
  }
}

/** A send that failed: one message, or some of a batch. */
export class SendError extends MqError<'MQ_SEND'> {
  /** `unknown` as soon as one failed item is. */
  readonly outcome: SendOutcome
  /** Ids that the broker has taken. */
  readonly sent: readonly string[]
  readonly failed: readonly FailedItem[]

  constructor(sent: readonly string[], failed: readonly FailedItem[], destination: string) {
    const first = failed[0]!
    const outcome = failed.some((item) => item.outcome === 'unknown') ? 'unknown' : 'not-sent'
    super('MQ_SEND', describeFailure(sent.length, failed, outcome, destination), {
      retryable: failed.every((item) => item.error.retryable),
      destination,
      cause: first.error,
      ...(first.error.adapter === undefined ? {} : { adapter: first.error.adapter }),
    })
    this.outcome = outcome
    this.sent = sent
    this.failed = failed
  }
}

function describeFailure(
  sent: number,
  failed: readonly FailedItem[],
  outcome: SendOutcome,
  destination: string,
): string {
  const first = failed[0]!
  const what =
    sent + failed.length === 1
      ? `message ${first.id}`
      : `${failed.length} of ${sent + failed.length} messages, first ${first.id}`
  const meaning =
    outcome === 'not-sent'
      ? 'not sent: the broker does not have it'
      : 'unknown: the broker may have it; send again with the same id if handlers recognise repeats'
  return `${what} to "${destination}" failed, ${meaning}. ${first.error.message}`
}

/** One error for many problems, each on a line of its own. */
export function problemsError<Code extends MqErrorCode>(
  code: Code,
  title: string,
  problems: readonly Problem[],
): MqError<Code> {
  const lines = problems.map((problem) => `  - ${problem.path}: ${problem.message}`)
  return new MqError(code, [title, ...lines].join('\n'), { problems })
}

/** Any thrown value as an MqError; what is one already passes through. */
export function toMqError(error: unknown, code: MqErrorCode, retryable = false): MqError {
  if (MqError.is(error)) return error
  return new MqError(code, textOf(error), { cause: error, retryable })
}

/** Whether a class put its brand on a value, whichever copy of the library it came from. Never throws: handlers throw anything. */
export function isBranded(value: unknown, brand: symbol): value is object {
  if (typeof value !== 'object' || value === null) return false
  try {
    return brand in value
  } catch {
    return false
  }
}

/** The message of whatever was thrown. Never throws itself. */
export function textOf(error: unknown): string {
  try {
    return error instanceof Error ? String(error.message) || String(error.name) : String(error)
  } catch {
    return 'a value that cannot be shown'
  }
}
