import { displayName, type Definition } from './definition/definition.ts'
import type { Problem } from './errors.ts'
import { interceptorsRule } from './intercept/check-interceptors.ts'
import { isName, NAME_FORM } from './naming.ts'
import { isPlainObject } from './plain-object.ts'
import { callback, duration, field, oneOf, required } from './options/rules.ts'
import { refuseProblems } from './options/refuse.ts'
import { shape } from './options/shape.ts'

const options = shape({
  definitions: required(field('an array of what queue(), topic() and group() returned', isDefinitions)),
  namespace: field(NAME_FORM, isName),
  emulation: oneOf('allow', 'warn', 'forbid'),
  relay: oneOf(true, false),
  timeout: duration(1),
  logger: field('an object with the methods debug, info, warn and error', (value) =>
    hasMethods(value, 'debug', 'info', 'warn', 'error'),
  ),
  onEvent: callback('(event) => void'),
  interceptors: interceptorsRule,
  clock: field('a clock', (value) => hasMethods(value, 'now', 'monotonic', 'setTimer', 'soon')),
  random: field('a source of randomness', (value) => hasMethods(value, 'next', 'fill')),
  ids: field('a source of ids', (value) => hasMethods(value, 'next')),
})

/** @throws MQ_CONFIG with every problem at once */
export function refuseBadOptions(adapter: unknown, given: unknown): void {
  const problems = options.problems(given, 'options')
  if (!hasMethods(adapter, 'connect', 'classify'))
    problems.unshift({
      path: 'adapter',
      message: 'is no adapter; give what memory(), rabbitmq() or another adapter returned',
    })
  if (problems.length === 0)
    problems.push(...doubleProblems((given as { definitions: readonly Definition[] }).definitions))
  refuseProblems('MQ_CONFIG', 'The broker cannot be created:', problems)
}

/** Two definitions of one name would give one thing two meanings. */
function doubleProblems(definitions: readonly Definition[]): Problem[] {
  const seen = new Map<string, Definition>()
  const problems: Problem[] = []
  const all = definitions.flatMap((definition): Definition[] =>
    definition.kind === 'group' ? [definition, definition.topic] : [definition],
  )
  for (const definition of all) {
    const name = displayName(definition)
    const other = seen.get(name)
    if (other !== undefined && other !== definition) {
      problems.push({
        path: 'options > definitions',
        message: `has two different definitions named "${name}" (a ${other.kind} and a ${definition.kind}); share one`,
      })
    }
    seen.set(name, definition)
  }
  return problems
}

function isDefinitions(value: unknown): boolean {
  return Array.isArray(value) && value.every(isDefinition)
}

/** By its looks, so that another copy of the library may have made it. */
function isDefinition(value: unknown): boolean {
  if (!isPlainObject(value) || !isName(value['name'])) return false
  if (value['kind'] === 'group')
    return (
      isPlainObject(value['policy']) &&
      isPlainObject(value['topic']) &&
      value['topic']['kind'] === 'topic' &&
      isDefinition(value['topic'])
    )
  return (
    isPlainObject(value['destination']) &&
    (value['kind'] === 'queue'
      ? isPlainObject(value['policy'])
      : value['kind'] === 'topic' && Array.isArray(value['groups']))
  )
}

function hasMethods(value: unknown, ...names: readonly string[]): boolean {
  if (typeof value !== 'object' || value === null) return false
  try {
    return names.every((name) => typeof (value as Record<string, unknown>)[name] === 'function')
  } catch {
    return false
  }
}
