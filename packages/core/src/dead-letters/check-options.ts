import type { Problem } from '../errors.ts'
import { callback, field, notBuilt, whole } from '../options/rules.ts'
import { shape } from '../options/shape.ts'

const later = notBuilt('use ids, or map and return undefined for what shall stay')

const peek = shape({ max: whole(1, 10_000) })
const redrive = shape({
  ids: field('an array of message ids', (value) => Array.isArray(value) && value.every((id) => typeof id === 'string')),
  map: callback('(message) => body | undefined'),
  where: later,
  limit: later,
  scan: later,
  rate: later,
  dryRun: later,
  signal: later,
})

/** Everything that is wrong with a peek. */
export function peekProblems(options: unknown): Problem[] {
  return peek.problems(options, 'options')
}

/** Everything that is wrong with a redrive. */
export function redriveProblems(options: unknown): Problem[] {
  return redrive.problems(options, 'options')
}
