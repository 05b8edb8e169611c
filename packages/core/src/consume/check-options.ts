import { policyFields } from '../definition/check.ts'
import type { Problem } from '../errors.ts'
import { abortSignal, duration, oneOf, required, whole, type Rule } from '../options/rules.ts'
import { refuseProblems } from '../options/refuse.ts'
import { shape } from '../options/shape.ts'

const LONGEST_WAIT = 2_147_483_647

const consumer = shape({ ...policyFields, onInvalid: oneOf('dead-letter', 'retry') })
/** The fields of a subscription: shared with handler values. */
export const subscribeFields: Readonly<Record<'concurrency' | 'timeout' | 'rate', Rule>> = {
  concurrency: policyFields.concurrency,
  timeout: policyFields.timeout,
  rate: shape({ max: required(whole(1, 100_000)), per: required(duration(1, LONGEST_WAIT)) }),
}
/** The fields of a subscription to batches. */
export const subscribeBatchFields: Readonly<Record<'max' | 'within' | keyof typeof subscribeFields, Rule>> = {
  max: required(whole(1, 100_000)),
  within: required(duration(0, LONGEST_WAIT)),
  ...subscribeFields,
}
const subscribe = shape(subscribeFields)
const subscribeBatch = shape(subscribeBatchFields)
const pause = shape({ for: duration(1, LONGEST_WAIT) })
const messages = shape({ signal: abortSignal })
const receive = shape({
  max: whole(1, 100_000),
  wait: duration(0, LONGEST_WAIT),
  hold: duration(1, LONGEST_WAIT),
  signal: abortSignal,
})

/** Everything that is wrong with the overrides of a consumer. */
export function consumerProblems(options: unknown): Problem[] {
  return consumer.problems(options, 'options')
}

/** Everything that is wrong with a subscription. */
export function subscribeProblems(handler: unknown, options: unknown): Problem[] {
  return [...handlerProblems(handler, '(message) => …'), ...subscribe.problems(options, 'options')]
}

/** Everything that is wrong with a subscription to batches. */
export function subscribeBatchProblems(handler: unknown, options: unknown): Problem[] {
  return [...handlerProblems(handler, '(messages) => …'), ...subscribeBatch.problems(options, 'options')]
}

/** @param form what a handler looks like */
export function handlerProblems(handler: unknown, form: string): Problem[] {
  return typeof handler === 'function' ? [] : [{ path: 'handler', message: `is no function; give ${form}` }]
}

/** Everything that is wrong with a pause. */
export function pauseProblems(options: unknown): Problem[] {
  return pause.problems(options, 'options')
}

/** Everything that is wrong with a loop over messages. */
export function messagesProblems(options: unknown): Problem[] {
  return messages.problems(options, 'options')
}

/** Everything that is wrong with a pull. */
export function receiveProblems(options: unknown): Problem[] {
  return receive.problems(options, 'options')
}

/** One MQ_CONFIG error with all of them. */
export function refuse(what: string, problems: readonly Problem[]): void {
  refuseProblems('MQ_CONFIG', `Cannot ${what}:`, problems)
}
