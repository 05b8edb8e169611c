import type { Problem } from '../errors.ts'
import { abortSignal, callback, field, oneOf, whole } from '../options/rules.ts'
import { shape } from '../options/shape.ts'

const choice = {
  ids: field('an array of message ids', (value) => Array.isArray(value) && value.every((id) => typeof id === 'string')),
  where: callback('(message) => boolean'),
}
const peek = shape({ max: whole(1, 10_000) })
const redrive = shape({
  ...choice,
  map: callback('(message) => body | undefined'),
  limit: whole(1, Number.MAX_SAFE_INTEGER),
  scan: whole(1, 1_000_000),
  rate: field('messages per second: a number above 0, at most 1000000', isRate),
  dryRun: oneOf(true, false),
  signal: abortSignal,
})
const discard = shape(choice)

/** Everything that is wrong with a peek. */
export function peekProblems(options: unknown): Problem[] {
  return peek.problems(options, 'options')
}

/** Everything that is wrong with a redrive. */
export function redriveProblems(options: unknown): Problem[] {
  return redrive.problems(options, 'options')
}

/** Everything that is wrong with a discard; a choice of everything is one of them. */
export function discardProblems(options: unknown): Problem[] {
  const problems = discard.problems(options, 'options')
  if (problems.length > 0) return problems
  const { ids, where } = options as { ids?: unknown; where?: unknown }
  if (ids !== undefined || where !== undefined) return []
  return [{ path: 'options', message: 'has neither ids nor where; say which are meant, or call purge() to delete all' }]
}

function isRate(value: unknown): boolean {
  return typeof value === 'number' && value > 0 && value <= 1_000_000
}
