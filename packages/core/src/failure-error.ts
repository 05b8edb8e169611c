import { MqError } from './errors.ts'
import type { Failure } from './spi/messages.ts'

/** A driver's failure as the error that users see. */
export function errorOf(failure: Failure, adapter: string, destination?: string): MqError {
  return new MqError(failure.code, failure.message, {
    retryable: failure.retryable,
    adapter,
    cause: failure.cause,
    ...(destination === undefined ? {} : { destination }),
  })
}

/** An error of the library in the words of a driver. */
export function failureOf(error: MqError): Failure {
  return {
    code: error.code as Failure['code'],
    retryable: error.retryable,
    outcome: 'not-sent',
    message: error.message,
    cause: error,
  }
}
