import { MqError, type Failure } from '@anymq/core/driver'

type Kind = Pick<Failure, 'code' | 'retryable' | 'outcome'>

const TRANSIENT: Kind = { code: 'MQ_CONNECTION', retryable: true, outcome: 'unknown' }
/** By AMQP reply code: https://www.rabbitmq.com/amqp-0-9-1-reference */
const BY_REPLY: Readonly<Record<number, Kind>> = {
  311: { code: 'MQ_TOO_LARGE', retryable: false, outcome: 'not-sent' },
  403: { code: 'MQ_DENIED', retryable: false, outcome: 'not-sent' },
  404: { code: 'MQ_NOT_FOUND', retryable: false, outcome: 'not-sent' },
  406: { code: 'MQ_MISMATCH', retryable: false, outcome: 'not-sent' },
  530: { code: 'MQ_DENIED', retryable: false, outcome: 'not-sent' },
}

/** A queue that is full, or without a majority of its replicas, refuses by a negative confirm. */
export const REFUSED: Failure = Object.freeze({
  code: 'MQ_THROTTLED',
  retryable: true,
  outcome: 'not-sent',
  message: 'the queue refused the message (basic.nack)',
})

/** The channel on which it came is closed: the broker has given it to others, or will. */
export const LOST: Failure = Object.freeze({
  code: 'MQ_LEASE_LOST',
  retryable: false,
  outcome: 'not-sent',
  message: 'its channel is closed',
})

/** What amqplib throws in portable words. Its messages hold no credentials. */
export function failureOf(error: unknown): Failure {
  if (MqError.is(error)) {
    const { code, retryable, message } = error
    return { code: code as Failure['code'], retryable, outcome: 'not-sent', message, cause: error }
  }
  const message = error instanceof Error ? error.message : String(error)
  return { ...kindOf(error, message), message, cause: error }
}

function kindOf(error: unknown, message: string): Kind {
  const { code } = (error ?? {}) as { code?: unknown }
  const reply = typeof code === 'number' ? code : Number(/\b(311|403|404|406|530)\b/.exec(message)?.[1])
  if (code === 'ENOTFOUND') return { code: 'MQ_CONNECTION', retryable: false, outcome: 'not-sent' }
  return BY_REPLY[reply] ?? TRANSIENT
}
