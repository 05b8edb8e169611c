import { MqError, type Failure, type MqErrorCode } from '@anymq/core/driver'

/** Protocol errors with which a broker refuses: it has not taken the message, and will not if asked again. */
const REFUSALS: Readonly<Record<string, MqErrorCode>> = {
  UNKNOWN_TOPIC_OR_PARTITION: 'MQ_NOT_FOUND',
  MESSAGE_TOO_LARGE: 'MQ_TOO_LARGE',
  RECORD_LIST_TOO_LARGE: 'MQ_TOO_LARGE',
  TOPIC_AUTHORIZATION_FAILED: 'MQ_DENIED',
  GROUP_AUTHORIZATION_FAILED: 'MQ_DENIED',
  CLUSTER_AUTHORIZATION_FAILED: 'MQ_DENIED',
  INVALID_TOPIC_EXCEPTION: 'MQ_CONFIG',
  INVALID_REPLICATION_FACTOR: 'MQ_CONFIG',
  UNKNOWN_MEMBER_ID: 'MQ_LEASE_LOST',
  ILLEGAL_GENERATION: 'MQ_LEASE_LOST',
  REBALANCE_IN_PROGRESS: 'MQ_LEASE_LOST',
}

/** A receipt of an assignment that has ended. */
export const LOST: Failure = Object.freeze({
  code: 'MQ_LEASE_LOST',
  retryable: false,
  outcome: 'not-sent',
  message: 'the group has assigned its partition anew, or it was settled before',
})

/** A consumer that believes in a membership which brings it nothing. */
export function notAssigned(group: string): MqError {
  const message = `the group "${group}" announced a new assignment and made none`
  return new MqError('MQ_CONNECTION', message, { adapter: 'kafka', retryable: true })
}

/** The error that kafkajs wrapped, often more than once: only that one has the protocol's type. */
export function typeOf(error: unknown): string {
  for (let next = error; next instanceof Error; next = next.cause) {
    const { type } = next as { type?: unknown }
    if (typeof type === 'string') return type
  }
  return ''
}

/** An error of kafkajs in portable words. */
export function failureOf(error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error)
  if (MqError.is(error))
    return { code: error.code as MqErrorCode, retryable: error.retryable, outcome: 'not-sent', message, cause: error }
  const refusal = REFUSALS[typeOf(error)]
  if (refusal !== undefined) return { code: refusal, retryable: false, outcome: 'not-sent', message, cause: error }
  const isDenied = error instanceof Error && error.name === 'KafkaJSSASLAuthenticationError'
  const code = isDenied ? 'MQ_DENIED' : 'MQ_CONNECTION'
  // kafkajs retries inside: an earlier try may have been written to a socket that died.
  return { code, retryable: !isDenied, outcome: isDenied ? 'not-sent' : 'unknown', message, cause: error }
}
