import { DURATION_FORMS, parseDuration } from '../duration.ts'
import type { Problem } from '../errors.ts'
import { show } from './show.ts'

/** What a value must be. Sentences say what was found and what is allowed. */
export interface Rule {
  /** Every problem of a value that is there. */
  problems(value: unknown, path: string): Problem[]
  /** True: the field must be there. */
  readonly isRequired: boolean
}

/** A value that `accepts` lets through; `allowed` completes "give …". */
export function field(allowed: string, accepts: (value: unknown) => boolean): Rule {
  return {
    isRequired: false,
    problems: (value, path) =>
      isAccepted(accepts, value) ? [] : [{ path, message: `is ${show(value)}; give ${allowed}` }],
  }
}

/** What cannot even be looked at, such as a revoked proxy, is not accepted. */
function isAccepted(accepts: (value: unknown) => boolean, value: unknown): boolean {
  try {
    return accepts(value)
  } catch {
    return false
  }
}

/** A field that must be there. */
export function required(rule: Rule): Rule {
  return { ...rule, isRequired: true }
}

/** A whole number within bounds. */
export function whole(from: number, to: number): Rule {
  return field(
    `a whole number from ${from} to ${to}`,
    (value) => Number.isInteger(value) && (value as number) >= from && (value as number) <= to,
  )
}

/** A duration of at least `least` milliseconds and at most `most`. */
export function duration(least: number, most: number = Number.MAX_SAFE_INTEGER): Rule {
  const bounds =
    most === Number.MAX_SAFE_INTEGER ? (least > 0 ? `, at least ${least} ms` : '') : `, from ${least} to ${most} ms`
  return field(`${DURATION_FORMS}${bounds}`, (value) => {
    const ms = parseDuration(value)
    return ms !== undefined && ms >= least && ms <= most
  })
}

/** One of a few words. */
export function oneOf(...values: readonly (string | boolean)[]): Rule {
  return field(values.map((value) => JSON.stringify(value)).join(' or '), (value) =>
    values.includes(value as string | boolean),
  )
}

/** A function. */
export function callback(signature: string): Rule {
  return field(`a function ${signature}`, (value) => typeof value === 'function')
}

/** A signal that ends a wait. */
export const abortSignal: Rule = field('an AbortSignal', (value) => value instanceof AbortSignal)
