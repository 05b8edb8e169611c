import { Buffer } from 'node:buffer'
import type { Queue, Topic } from '../definition/definition.ts'
import { DURATION_FORMS, parseDuration } from '../duration.ts'
import type { Problem } from '../errors.ts'
import { headerProblems } from '../wire/user-headers.ts'
import type { SendOptions } from './options.ts'
import { unreadable } from '../options/shape.ts'
import { show } from '../options/show.ts'

const PRINTABLE = /^[\x21-\x7e]{1,128}$/
const TYPE = /^[a-zA-Z0-9._-]{1,64}$/
const LONGEST_KEY = 256

type Check = (value: unknown, to: Queue | Topic) => Problem[]

/** One rule per option; what is not here is an unknown option. */
const CHECKS: Readonly<Record<keyof SendOptions, Check>> = {
  id: (value) => (isId(value) ? [] : wrong('id', value, '1 to 128 printable ASCII characters without spaces')),
  key: (value) => keyProblems('key', value),
  type: (value) =>
    typeof value === 'string' && TYPE.test(value)
      ? []
      : wrong('type', value, '1 to 64 characters of a-z A-Z 0-9 . - _'),
  headers: headerProblems,
  priority: (value, to) => priorityProblems(value, to),
  delay: (value, to) => delayProblems('delay', parseDuration(value) !== undefined, value, DURATION_FORMS, to),
  at: (value, to) =>
    delayProblems('at', value instanceof Date && !Number.isNaN(value.getTime()), value, 'a valid Date', to),
  dedupeId: (value, to) => dedupeProblems(value, to),
  causedBy: (value) =>
    typeof value === 'object' && value !== null && isId((value as { id?: unknown }).id)
      ? []
      : wrong('causedBy', value, 'the message that causes this one'),
  signal: (value) => (value instanceof AbortSignal ? [] : wrong('signal', value, 'an AbortSignal')),
  timeout: (value) => (parseDuration(value) === undefined ? wrong('timeout', value, DURATION_FORMS) : []),
}

/** Everything that is wrong with the options of one message; undefined, and nothing allocated, if there are none. */
export function sendOptionProblems(options: object, to: Queue | Topic, also?: string): Problem[] | undefined {
  if (typeof options !== 'object' || options === null) return wrong('options', options, 'an object such as { id, key }')
  try {
    return eachProblem(options, to, also)
  } catch (error) {
    return [unreadable('options', error)]
  }
}

function eachProblem(options: object, to: Queue | Topic, also: string | undefined): Problem[] | undefined {
  let problems: Problem[] | undefined
  for (const name in options) {
    if (name === also) continue
    const value = (options as Record<string, unknown>)[name]
    if (value === undefined) continue
    problems ??= []
    if (Object.hasOwn(CHECKS, name)) problems.push(...CHECKS[name as keyof SendOptions](value, to))
    else
      problems.push({ path: name, message: `is an unknown option; the options are ${Object.keys(CHECKS).join(', ')}` })
  }
  const { delay, at } = options as SendOptions
  if (delay !== undefined && at !== undefined)
    problems!.push({ path: 'at', message: 'was given together with delay; give one of them' })
  return problems
}

/** Everything that is wrong with an ordering key, wherever it comes from. */
export function keyProblems(path: string, value: unknown): Problem[] {
  const fits =
    typeof value === 'string' && value !== '' && value.isWellFormed() && Buffer.byteLength(value) <= LONGEST_KEY
  return fits ? [] : wrong(path, value, `1 to ${LONGEST_KEY} bytes of UTF-8 text, or undefined for no key`)
}

/** Ids and dedupe ids: 1 to 128 printable ASCII characters. */
function isId(value: unknown): value is string {
  return typeof value === 'string' && PRINTABLE.test(value)
}

function priorityProblems(value: unknown, to: Queue | Topic): Problem[] {
  const { priority } = to.destination
  if (priority === undefined)
    return [
      {
        path: 'priority',
        message: `is ${show(value)}, but ${to.kind} "${to.name}" has no levels; add priority: { levels, default } to its definition`,
      },
    ]
  return priority.levels.includes(value as string)
    ? []
    : wrong('priority', value, `one of the levels ${priority.levels.join(', ')}`)
}

function delayProblems(
  path: string,
  wellFormed: boolean,
  value: unknown,
  allowed: string,
  to: Queue | Topic,
): Problem[] {
  if (!wellFormed) return wrong(path, value, allowed)
  if (to.destination.delay !== undefined) return []
  return [
    { path, message: `was given, but ${to.kind} "${to.name}" allows no delay; add delay: { max } to its definition` },
  ]
}

function dedupeProblems(value: unknown, to: Queue | Topic): Problem[] {
  if (!isId(value)) return wrong('dedupeId', value, '1 to 128 printable ASCII characters without spaces')
  if (to.destination.dedupe !== undefined) return []
  return [
    {
      path: 'dedupeId',
      message: `was given, but ${to.kind} "${to.name}" does not deduplicate; add dedupe: { window } to its definition`,
    },
  ]
}

function wrong(path: string, value: unknown, allowed: string): Problem[] {
  return [{ path, message: `is ${show(value)}; give ${allowed}` }]
}
