import { MqError, type Failure } from '@anymq/core/driver'

type Kind = Pick<Failure, 'code' | 'retryable' | 'outcome'>

const LOST: Kind = { code: 'MQ_LEASE_LOST', retryable: false, outcome: 'not-sent' }
const DENIED: Kind = { code: 'MQ_DENIED', retryable: false, outcome: 'not-sent' }
const MISMATCH: Kind = { code: 'MQ_MISMATCH', retryable: false, outcome: 'not-sent' }
/** Core has declared it: it may be on its way, after a restart or to another host of the service. */
const MISSING: Kind = { code: 'MQ_NOT_FOUND', retryable: true, outcome: 'not-sent' }
const INVALID: Kind = { code: 'MQ_INVALID', retryable: false, outcome: 'not-sent' }
const THROTTLED: Kind = { code: 'MQ_THROTTLED', retryable: true, outcome: 'not-sent' }
/** The request may have arrived. */
const AWAY: Kind = { code: 'MQ_CONNECTION', retryable: true, outcome: 'unknown' }

const KINDS: Readonly<Record<string, Kind>> = {
  ReceiptHandleIsInvalid: LOST,
  MessageNotInflight: LOST,
  AccessDenied: DENIED,
  AccessDeniedException: DENIED,
  InvalidClientTokenId: DENIED,
  UnrecognizedClientException: DENIED,
  SignatureDoesNotMatch: DENIED,
  CredentialsProviderError: DENIED,
  QueueNameExists: MISMATCH,
  QueueDoesNotExist: MISSING,
  NonExistentQueue: MISSING,
  BatchRequestTooLong: INVALID,
  InvalidMessageContents: INVALID,
  InvalidAttributeValue: INVALID,
  RequestThrottled: THROTTLED,
  ThrottlingException: THROTTLED,
  OverLimit: THROTTLED,
}

/** One entry of a batch that failed by itself. */
interface FailedEntry {
  readonly Code?: string | undefined
  readonly Message?: string | undefined
  readonly SenderFault?: boolean | undefined
}

/** What the SDK throws in portable words. */
export function failureOf(error: unknown): Failure {
  if (MqError.is(error)) {
    const { code, retryable, message } = error
    return { code: code as Failure['code'], retryable, outcome: 'not-sent', message, cause: error }
  }
  if (!(error instanceof Error)) return { ...AWAY, message: String(error), cause: error }
  const { name, message, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } }
  const status = $metadata?.httpStatusCode ?? 0
  // Some servers answer a 503 with a page that the SDK cannot read: the status says more than the error's name.
  const byStatus = status >= 400 && status < 500 && status !== 429 ? INVALID : AWAY
  const kind = KINDS[shortName(name)] ?? byStatus
  // What the service says about a signature quotes the headers that were signed, a session token among them.
  if (kind === DENIED) return { ...DENIED, message: `${shortName(name)}: SQS refuses these credentials or this action` }
  return { ...kind, message: `${shortName(name)}: ${message}`, cause: error }
}

/** The answer to a batch. */
export interface BatchAnswer {
  readonly Successful?: readonly { readonly Id?: string | undefined }[] | undefined
  readonly Failed?: readonly (FailedEntry & { readonly Id?: string | undefined })[] | undefined
}

/** What failed, by the place of its entry. An entry that the answer passes over, as that of a server that is going down may, has not succeeded. */
export function entryFailures(
  answer: BatchAnswer,
  count: number,
): { readonly index: number; readonly failure: Failure }[] {
  const { Successful = [], Failed = [] } = answer
  const taken = new Set(Successful.map(({ Id }) => Number(Id)))
  const failed = new Map(Failed.map((entry) => [Number(entry.Id), entryFailure(entry)]))
  return Array.from({ length: count }, (_, index) => index)
    .filter((index) => !taken.has(index))
    .map((index) => ({ index, failure: failed.get(index) ?? PASSED_OVER }))
}

const PASSED_OVER: Failure = Object.freeze({ ...AWAY, message: 'the answer does not mention this entry' })

/** A fault of the sender stays one; anything else may pass. */
function entryFailure({ Code = '', Message = Code, SenderFault = false }: FailedEntry): Failure {
  const kind = KINDS[shortName(Code)] ?? (SenderFault ? INVALID : THROTTLED)
  return { ...kind, message: `${shortName(Code)}: ${Message}` }
}

/** `AWS.SimpleQueueService.QueueNameExists` and `QueueNameExists` are the same. */
function shortName(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1)
}
