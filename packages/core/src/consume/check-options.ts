import { z } from 'zod'
import { policyFields } from '../definition/check.ts'
import { duration, field, notBuilt, oneOf, problemsIn, refuseProblems, whole } from '../definition/fields.ts'
import type { Problem } from '../errors.ts'

const signal = field<AbortSignal>('an AbortSignal', (value) => value instanceof AbortSignal)
const LONGEST_WAIT = 2_147_483_647

const consumer = z.strictObject({ ...policyFields, onInvalid: oneOf('dead-letter', 'retry').optional() })
const subscribe = z.strictObject({
  concurrency: policyFields.concurrency,
  timeout: policyFields.timeout,
  rate: notBuilt('limit the work inside the handler'),
})
const receive = z.strictObject({
  max: whole(1, 100_000).optional(),
  wait: duration(0, LONGEST_WAIT).optional(),
  hold: duration(1, LONGEST_WAIT).optional(),
  signal: signal.optional(),
})

/** Everything that is wrong with the overrides of a consumer. */
export function consumerProblems(options: unknown): Problem[] {
  return problemsIn(consumer, options, 'options')
}

/** Everything that is wrong with a subscription. */
export function subscribeProblems(handler: unknown, options: unknown): Problem[] {
  const problems = problemsIn(subscribe, options, 'options')
  return typeof handler === 'function'
    ? problems
    : [{ path: 'handler', message: 'is no function; give (message) => …' }, ...problems]
}

/** Everything that is wrong with a pull. */
export function receiveProblems(options: unknown): Problem[] {
  return problemsIn(receive, options, 'options')
}

/** One MQ_CONFIG error with all of them. */
export function refuse(what: string, problems: readonly Problem[]): void {
  refuseProblems('MQ_CONFIG', `Cannot ${what}:`, problems)
}
