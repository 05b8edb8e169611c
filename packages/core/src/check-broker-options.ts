import type { BrokerOptions } from './broker.ts'
import { interceptorsRule } from './intercept/check-interceptors.ts'
import { isName, NAME_FORM } from './naming.ts'
import { callback, duration, field, oneOf, required } from './options/rules.ts'
import { refuseProblems } from './options/refuse.ts'
import { shape } from './options/shape.ts'
import { doubleProblems, isDefinition } from './provision/check-definitions.ts'
import { overrideProblems, overridesRule, provisionRule } from './provision/check-overrides.ts'

const options = shape({
  definitions: required(field('an array of what queue(), topic() and group() returned', isDefinitions)),
  namespace: field(NAME_FORM, isName),
  provision: provisionRule,
  overrides: overridesRule,
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
  if (problems.length === 0) {
    const { definitions, overrides = {} } = given as BrokerOptions
    problems.push(...doubleProblems(definitions), ...overrideProblems(overrides, definitions))
  }
  refuseProblems('MQ_CONFIG', 'The broker cannot be created:', problems)
}

function isDefinitions(value: unknown): boolean {
  return Array.isArray(value) && value.every(isDefinition)
}

function hasMethods(value: unknown, ...names: readonly string[]): boolean {
  if (typeof value !== 'object' || value === null) return false
  try {
    return names.every((name) => typeof (value as Record<string, unknown>)[name] === 'function')
  } catch {
    return false
  }
}
