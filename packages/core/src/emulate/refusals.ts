import { guardedCall } from '../mechanism/guarded-call.ts'
import type { Driver } from '../spi/driver.ts'
import type { Failure, Outgoing } from '../spi/messages.ts'
import type { Target } from '../spi/target.ts'

/** What a send came to. A place that is not listed among the failures has been confirmed. */
export interface Refusals {
  readonly failures: ReadonlyMap<number, Failure>
  /** Dropped as repeats, where the broker tells. */
  readonly repeats: readonly number[]
}

/** Send, and say by place what did not arrive. */
export async function refusals(driver: Driver, to: Target, messages: readonly Outgoing[]): Promise<Refusals> {
  try {
    const { failed = [], unroutable = [], duplicates = [] } = await guardedCall(() => driver.send(to, messages))
    const failures = new Map(failed.map(({ index, failure }) => [index, failure]))
    for (const index of unroutable) failures.set(index, noQueue(to))
    return { failures, repeats: duplicates }
  } catch (error) {
    const failure = driver.classify(error)
    return { failures: new Map(messages.map((_, index) => [index, failure])), repeats: [] }
  }
}

/** What was sent there reached nobody. */
export function noQueue({ address }: Target): Failure {
  return {
    code: 'MQ_NOT_FOUND',
    retryable: false,
    outcome: 'not-sent',
    message: `"${address}" led to no queue; declare it first`,
  }
}
