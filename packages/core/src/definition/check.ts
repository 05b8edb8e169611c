import { isCodec } from '../codec/codec.ts'
import type { Problem } from '../errors.ts'
import { isName, isStructural, NAME_FORM } from '../naming.ts'
import { isPlainObject } from '../plain-object.ts'
import type { Topic } from './definition.ts'
import { isSchema } from './schema.ts'
import { callback, duration, field, oneOf, required, whole, type Rule } from '../options/rules.ts'
import { shape } from '../options/shape.ts'
import { show } from '../options/show.ts'

const retry = shape({
  attempts: whole(1, 1_000_000),
  backoff: field(
    'exponential(first, max), linear(step, max), fixed(wait) or a function (error, attempt) => Duration',
    isBackoff,
  ),
  when: callback('(error, attempt) => boolean'),
  crashes: whole(1, 1_000_000),
})

/** Timeouts and leases end: 24 days is the longest that a Node timer counts. */
const LONGEST_WAIT = 2_147_483_647

/** The fields of a consume policy: shared by queues, groups and consumers. */
export const policyFields: Readonly<Record<'retry' | 'deadLetter' | 'lease' | 'timeout' | 'concurrency', Rule>> = {
  retry,
  deadLetter: oneOf(true, 'drop'),
  lease: duration(100, LONGEST_WAIT),
  timeout: duration(1, LONGEST_WAIT),
  concurrency: whole(1, 100_000),
}

const destinationFields = {
  schema: field('a Standard Schema such as zod, { send, receive }, or type<T>()', isSchemaOrPair),
  codec: field('json, text, bytes, gzip(…) or a codec of your own', isCodec),
  ordering: shape({
    key: required(callback('(body) => string | undefined')),
    shards: whole(1, 1024),
    onFailure: oneOf('block', 'skip'),
    withPriority: oneOf('per-level'),
  }),
  priority: shape({
    levels: required(field('2 to 10 different names, most urgent first', isLevels)),
    default: required(field(NAME_FORM, isName)),
    policy: oneOf('weighted', 'strict'),
  }),
  delay: shape({ max: required(duration(1)) }),
  dedupe: shape({ window: required(duration(1)) }),
  ttl: duration(1),
  retention: duration(60_000),
  maxBody: whole(1, 128 * 1024 * 1024),
  require: shape({ ordering: oneOf('native'), durability: oneOf('disk') }),
  native: field('an object with the options of each adapter under its name', isRecord),
}

const queueSpec = shape({ ...destinationFields, ...policyFields })
const topicSpec = shape({
  ...destinationFields,
  groups: field(`an array of different group names: ${NAME_FORM}`, isNames),
})
const groupPolicy = shape({ ...policyFields, from: oneOf('now', 'oldest') })

/** Everything that is wrong with a queue. */
export function queueProblems(queueName: unknown, spec: unknown): Problem[] {
  return destinationProblems('queue', queueName, spec, queueSpec)
}

/** Everything that is wrong with a topic. */
export function topicProblems(topicName: unknown, spec: unknown): Problem[] {
  return destinationProblems('topic', topicName, spec, topicSpec)
}

/** Everything that is wrong with a group. */
export function groupProblems(of: unknown, groupName: unknown, policy: unknown): Problem[] {
  if (!isTopic(of))
    return [
      { path: 'group', message: 'its first argument is no topic; give what topic() returned' },
      ...groupPolicy.problems(policy, 'group'),
    ]
  const subject = `group ${show(isName(groupName) ? `${of.name}/${groupName}` : groupName)}`
  const problems = isName(groupName) ? [] : [{ path: subject, message: `its name is not allowed; give ${NAME_FORM}` }]
  if (isName(groupName) && of.groups.length > 0 && !of.groups.includes(groupName)) {
    problems.push({
      path: subject,
      message: `is not one of the topic's groups: ${of.groups.join(', ')}; add it to the topic's list`,
    })
  }
  return [...problems, ...groupPolicy.problems(policy, subject)]
}

/** What `topic()` returns, whichever copy of the library made it. */
function isTopic(value: unknown): value is Topic {
  if (!isPlainObject(value) || !Object.isFrozen(value)) return false
  const { kind, name: given, groups, destination } = value
  return kind === 'topic' && isName(given) && isNames(groups) && isPlainObject(destination)
}

function destinationProblems(kind: 'queue' | 'topic', given: unknown, spec: unknown, schema: Rule): Problem[] {
  const subject = `${kind} ${show(given)}`
  return [...nameProblems(subject, given), ...schema.problems(spec, subject), ...whereFieldsMeet(subject, spec)]
}

function nameProblems(subject: string, given: unknown): Problem[] {
  if (!isName(given)) return [{ path: subject, message: `its name is not allowed; give ${NAME_FORM}` }]
  if (!isStructural(given)) return []
  return [
    {
      path: subject,
      message: 'its name is kept for parts of physical names (dead, delay, l-…, s-…, g-…); choose another',
    },
  ]
}

function whereFieldsMeet(subject: string, spec: unknown): Problem[] {
  try {
    return typeof spec === 'object' && spec !== null ? combinationProblems(subject, spec) : []
  } catch {
    // What cannot be read is a problem of its field already.
    return []
  }
}

function combinationProblems(subject: string, spec: object): Problem[] {
  const { ordering, priority, delay } = spec as {
    ordering?: { withPriority?: unknown }
    priority?: { levels?: unknown; default?: unknown }
    delay?: unknown
  }
  const problems: Problem[] = []
  if (ordering && delay) {
    problems.push({
      path: `${subject} > delay`,
      message: 'does not go with ordering: a delayed message would block or break its key; use two queues',
    })
  }
  if (ordering && priority && ordering.withPriority === undefined) {
    problems.push({
      path: `${subject} > ordering.withPriority`,
      message: "is missing; ordering with priority holds per key and level only: say withPriority: 'per-level'",
    })
  }
  if (ordering?.withPriority !== undefined && !priority) {
    problems.push({
      path: `${subject} > ordering.withPriority`,
      message: 'needs priority; add priority: { levels, default } or leave it out',
    })
  }
  if (
    priority &&
    isLevels(priority.levels) &&
    isName(priority.default) &&
    !(priority.levels as string[]).includes(priority.default)
  ) {
    problems.push({
      path: `${subject} > priority.default`,
      message: `is "${priority.default}"; give one of the levels ${(priority.levels as string[]).join(', ')}`,
    })
  }
  return problems
}

function isNames(value: unknown): boolean {
  return Array.isArray(value) && value.every(isName) && new Set(value).size === value.length
}

function isLevels(value: unknown): boolean {
  return isNames(value) && (value as unknown[]).length >= 2 && (value as unknown[]).length <= 10
}

function isRecord(value: unknown): boolean {
  // Reads every option, as the copy will.
  return isPlainObject(value) && Object.values(value).length >= 0
}

function isBackoff(value: unknown): boolean {
  if (typeof value === 'function') return true
  return typeof value === 'object' && value !== null && typeof (value as { base?: unknown }).base === 'function'
}

function isSchemaOrPair(value: unknown): boolean {
  if (isSchema(value)) return true
  if (typeof value !== 'object' || value === null) return false
  const pair = value as { send?: unknown; receive?: unknown }
  return isSchema(pair.send) && isSchema(pair.receive) && Object.keys(value).length === 2
}
