import { z } from 'zod'
import { DURATION_FORMS, parseDuration } from '../duration.ts'
import { problemsError, textOf, type MqErrorCode, type Problem } from '../errors.ts'

/**
 * Building blocks for checking what users hand in. zod finds every problem at once; the sentences are ours:
 * what was found, what is allowed.
 */
export function field<T>(allowed: string, accepts: (value: unknown) => boolean): z.ZodCustom<T> {
  return z.custom<T>((value) => isAccepted(accepts, value), {
    error: (issue) => `is ${show(issue.input)}; give ${allowed}`,
  })
}

/** What cannot even be looked at, such as a revoked proxy, is not accepted. */
function isAccepted(accepts: (value: unknown) => boolean, value: unknown): boolean {
  try {
    return accepts(value)
  } catch {
    return false
  }
}

/** A whole number within bounds. */
export function whole(from: number, to: number): z.ZodCustom<number> {
  return field<number>(
    `a whole number from ${from} to ${to}`,
    (value) => Number.isInteger(value) && (value as number) >= from && (value as number) <= to,
  )
}

/** A duration of at least `least` milliseconds and at most `most`. */
export function duration(least: number, most: number = Number.MAX_SAFE_INTEGER): z.ZodCustom<number | string> {
  const bounds =
    most === Number.MAX_SAFE_INTEGER ? (least > 0 ? `, at least ${least} ms` : '') : `, from ${least} to ${most} ms`
  return field(`${DURATION_FORMS}${bounds}`, (value) => {
    const ms = parseDuration(value)
    return ms !== undefined && ms >= least && ms <= most
  })
}

/** One of a few words. */
export function oneOf<const T extends readonly (string | boolean)[]>(...values: T): z.ZodCustom<T[number]> {
  return field<T[number]>(values.map((value) => JSON.stringify(value)).join(' or '), (value) =>
    values.includes(value as T[number]),
  )
}

/** Starts the message of every field that a later version has. */
const NOT_BUILT = 'is not built in this version'

/** A field that a later version has: saying it now must not be passed over in silence. */
export function notBuilt(instead: string): z.ZodOptional<z.ZodCustom<undefined>> {
  return z.custom<undefined>((value) => value === undefined, { error: `${NOT_BUILT}; ${instead}` }).optional()
}

/** A function. */
export function callback<T>(signature: string): z.ZodCustom<T> {
  return field<T>(`a function ${signature}`, (value) => typeof value === 'function')
}

/** Every problem of `value`, each with its path below `subject`. An empty list: it is good. */
export function problemsIn(schema: z.ZodType, value: unknown, subject: string): Problem[] {
  try {
    const result = schema.safeParse(value, { reportInput: true })
    return result.success ? [] : result.error.issues.flatMap((issue) => problemsOf(issue, subject, schema))
  } catch (error) {
    return [unreadable(subject, value, error)]
  }
}

/** A getter or proxy in `value` that throws is a problem like any other. */
export function unreadable(subject: string, value: unknown, error: unknown): Problem {
  const name = fieldThatThrows(value)
  return { path: name === undefined ? subject : `${subject} > ${name}`, message: `cannot be read: ${textOf(error)}` }
}

function fieldThatThrows(value: unknown): string | undefined {
  try {
    return Object.keys(value as object).find((name) =>
      throws(() => ({ ...(Reflect.get(value as object, name) as object) })),
    )
  } catch {
    return undefined
  }
}

function throws(read: () => unknown): boolean {
  try {
    read()
    return false
  } catch {
    return true
  }
}

/** Throw one error with every problem; MQ_UNSUPPORTED where all of them are only not built yet. */
export function refuseProblems(code: MqErrorCode, title: string, problems: readonly Problem[]): void {
  if (problems.length === 0) return
  const early = problems.every(({ message }) => message.startsWith(NOT_BUILT))
  throw problemsError(early ? 'MQ_UNSUPPORTED' : code, title, problems)
}

function problemsOf(issue: z.core.$ZodIssue, subject: string, schema: z.ZodType): Problem[] {
  if (issue.code === 'unrecognized_keys') {
    const message = `is an unknown field; the fields are ${fieldsAt(schema, issue.path).join(', ')}`
    return issue.keys.map((key) => ({ path: pathOf(subject, [...issue.path, key]), message }))
  }
  const path = pathOf(subject, issue.path)
  if (issue.code === 'invalid_type') return [{ path, message: `is ${show(issue.input)}; give an ${issue.expected}` }]
  return [{ path, message: issue.message }]
}

function pathOf(subject: string, path: readonly PropertyKey[]): string {
  return path.length === 0 ? subject : `${subject} > ${path.map(String).join('.')}`
}

function fieldsAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let at: unknown = schema
  for (const part of path) at = shapeOf(at)?.[String(part)]
  return Object.keys(shapeOf(at) ?? {})
}

function shapeOf(schema: unknown): Record<string, unknown> | undefined {
  let at = schema
  while (at instanceof z.ZodOptional) at = at.unwrap()
  return at instanceof z.ZodObject ? at.shape : undefined
}

/** A short, safe picture of any value. */
export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value)
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'object' && value !== null) return showObject(value)
  return typeof value === 'bigint' ? `${value}n` : String(value)
}

function showObject(value: object): string {
  try {
    if (Array.isArray(value)) return `an array of ${value.length}`
    return value instanceof Date ? 'a Date' : 'an object'
  } catch {
    return 'an object'
  }
}
