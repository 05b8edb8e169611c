import { z } from 'zod'
import { callback, field, notBuilt, problemsIn, whole } from '../definition/fields.ts'
import type { Problem } from '../errors.ts'

const later = notBuilt('use ids, or map and return undefined for what shall stay')

const peek = z.strictObject({ max: whole(1, 10_000).optional() })
const redrive = z.strictObject({
  ids: field<readonly string[]>(
    'an array of message ids',
    (value) => Array.isArray(value) && value.every((id) => typeof id === 'string'),
  ).optional(),
  map: callback('(message) => body | undefined').optional(),
  where: later,
  limit: later,
  scan: later,
  rate: later,
  dryRun: later,
  signal: later,
})

/** Everything that is wrong with a peek. */
export function peekProblems(options: unknown): Problem[] {
  return problemsIn(peek, options, 'options')
}

/** Everything that is wrong with a redrive. */
export function redriveProblems(options: unknown): Problem[] {
  return problemsIn(redrive, options, 'options')
}
