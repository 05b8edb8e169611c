import { policyFields } from '../definition/check.ts'
import { displayName, type Definition } from '../definition/definition.ts'
import type { Problem } from '../errors.ts'
import { isPlainObject } from '../plain-object.ts'
import { field, oneOf, type Rule } from '../options/rules.ts'
import { shape, unreadable } from '../options/shape.ts'
import { show } from '../options/show.ts'
import type { Overrides } from './deployment.ts'

/** Allowed for a broker and for each destination. */
export const provisionRule: Rule = oneOf('create', 'verify', 'none')

const override = shape({
  name: field('text without control characters', isAddress),
  provision: provisionRule,
  native: field('an object with options of the adapter', isPlainObject),
  concurrency: policyFields.concurrency,
})

/** An object with an override for each name. */
export const overridesRule: Rule = {
  isRequired: false,
  problems: (value, path) => {
    if (!isPlainObject(value)) return [{ path, message: `is ${show(value)}; give an object of overrides by name` }]
    try {
      return shape(Object.fromEntries(Object.keys(value).map((name) => [name, override]))).problems(value, path)
    } catch (error) {
      return [unreadable(path, error)]
    }
  },
}

/** An override of what nobody knows would be passed over in silence, and so would handlers of a topic. */
export function overrideProblems(overrides: Overrides, definitions: readonly Definition[]): Problem[] {
  const kinds = new Map(definitions.flatMap(namesIn))
  return Object.entries(overrides).flatMap(([name, { concurrency }]): Problem[] => {
    const kind = kinds.get(name)
    if (kind === undefined)
      return [
        {
          path: `options > overrides.${name}`,
          message: `is no definition of this broker; the definitions are ${[...kinds.keys()].join(', ') || 'none'}`,
        },
      ]
    if (kind === 'topic' && concurrency !== undefined)
      return [
        {
          path: `options > overrides.${name}.concurrency`,
          message: 'is for a topic, which its groups consume; say it for a group',
        },
      ]
    return []
  })
}

/** A topic brings the groups that it lists. */
function namesIn(definition: Definition): [string, Definition['kind']][] {
  const own: [string, Definition['kind']] = [displayName(definition), definition.kind]
  if (definition.kind === 'group') return [...namesIn(definition.topic), own]
  return definition.kind === 'topic'
    ? [own, ...definition.groups.map((name): [string, 'group'] => [`${definition.name}/${name}`, 'group'])]
    : [own]
}

function isAddress(value: unknown): boolean {
  return typeof value === 'string' && /^\P{Cc}+$/u.test(value) && value.trim() === value
}
