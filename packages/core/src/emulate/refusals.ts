import { guardedCall } from '../mechanism/guarded-call.ts'
import type { Driver } from '../spi/driver.ts'
import type { Failure, Outgoing } from '../spi/messages.ts'
import type { Target } from '../spi/target.ts'

/** Send, and say by place what did not arrive. A place that is not listed has been confirmed. */
export async function refusals(
  driver: Driver,
  to: Target,
  messages: readonly Outgoing[],
): Promise<Map<number, Failure>> {
  try {
    const { failed = [], unroutable = [] } = await guardedCall(() => driver.send(to, messages))
    const failures = new Map(failed.map(({ index, failure }) => [index, failure]))
    for (const index of unroutable) failures.set(index, noQueue(to))
    return failures
  } catch (error) {
    const failure = driver.classify(error)
    return new Map(messages.map((_, index) => [index, failure]))
  }
}

function noQueue({ address }: Target): Failure {
  return {
    code: 'MQ_NOT_FOUND',
    retryable: false,
    outcome: 'not-sent',
    message: `"${address}" led to no queue; declare it first`,
  }
}
