import { z } from 'zod'
import { callback, field, problemsIn, whole } from '../definition/fields.ts'
import type { Problem } from '../errors.ts'

const notBuilt = z.never({ error: 'is not built in this version; use ids, or map and return undefined for what shall stay' }).optional()

const peek = z.strictObject({ max: whole(1, 10_000).optional() })
const redrive = z.strictObject({
  ids: field<readonly string[]>('an array of message ids', (value) => Array.isArray(value) && value.every((id) => typeof id === 'string')).optional(),
  map: callback('(message) => body | undefined').optional(),
  where: notBuilt,
  limit: notBuilt,
  scan: notBuilt,
  rate: notBuilt,
  dryRun: notBuilt,
  signal: notBuilt,
})

/** Everything that is wrong with a peek. */
export function peekProblems(options: unknown): Problem[] {
  return problemsIn(peek, options, 'options')
}

/** Everything that is wrong with a redrive. */
export function redriveProblems(options: unknown): Problem[] {
  return problemsIn(redrive, options, 'options')
}
