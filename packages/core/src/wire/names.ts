/** The frozen names of section "wire": any other client may read and write them. */
export const WIRE = {
  version: 'anymq-v',
  id: 'anymq-id',
  type: 'anymq-type',
  key: 'anymq-key',
  level: 'anymq-level',
  attempt: 'anymq-attempt',
  sentAt: 'anymq-sent-at',
  dueAt: 'anymq-due-at',
  expiresAt: 'anymq-expires-at',
  dedupeId: 'anymq-dedupe-id',
  origin: 'anymq-origin',
  reason: 'anymq-reason',
  error: 'anymq-error',
  failedFirstAt: 'anymq-failed-first-at',
  failedLastAt: 'anymq-failed-last-at',
  redriven: 'anymq-redriven',
  hop: 'anymq-hop',
  correlationId: 'anymq-correlation-id',
  causationId: 'anymq-causation-id',
  replyTo: 'anymq-reply-to',
  contentType: 'content-type',
  contentEncoding: 'content-encoding',
  traceparent: 'traceparent',
  tracestate: 'tracestate',
} as const

/** The version that this library writes and the only one it reads. */
export const WIRE_VERSION = '1'

const PREFIX = 'anymq-'
const RESERVED: ReadonlySet<string> = new Set([
  WIRE.contentType,
  WIRE.contentEncoding,
  WIRE.traceparent,
  WIRE.tracestate,
])

/** True for names that users may not set themselves. */
export function isReserved(name: string): boolean {
  return name.startsWith(PREFIX) || RESERVED.has(name)
}

/** What the headers of a failure are: written with a dead letter, taken off by a redrive. */
export const FAILURE_HEADERS: readonly string[] = [
  WIRE.attempt,
  WIRE.origin,
  WIRE.reason,
  WIRE.error,
  WIRE.failedFirstAt,
  WIRE.failedLastAt,
]
