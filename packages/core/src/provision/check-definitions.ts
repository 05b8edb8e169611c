import { displayName, type Definition } from '../definition/definition.ts'
import type { Problem } from '../errors.ts'
import { isName } from '../naming.ts'
import { isPlainObject } from '../plain-object.ts'
import type { Target } from '../spi/target.ts'

/** A group brings its topic. */
export function withTopics(definitions: readonly Definition[]): Definition[] {
  return definitions.flatMap((definition): Definition[] =>
    definition.kind === 'group' ? [definition.topic, definition] : [definition],
  )
}

/** Two definitions of one name would give one thing two meanings. */
export function doubleProblems(definitions: readonly Definition[]): Problem[] {
  const seen = new Map<string, Definition>()
  const problems: Problem[] = []
  for (const definition of withTopics(definitions)) {
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

/** An override may name what another definition has already. */
export function addressProblems(targets: readonly Target[]): Problem[] {
  const seen = new Map<string, Target>()
  const problems: Problem[] = []
  for (const target of targets) {
    const other = seen.get(target.address)
    if (other !== undefined && (other.name !== target.name || other.role !== target.role)) {
      problems.push({
        path: `options > overrides.${target.name}`,
        message: `leads to "${target.address}", which is where "${other.name}" is; give each a name of its own`,
      })
    }
    seen.set(target.address, target)
  }
  return problems
}

/** By its looks, so that another copy of the library may have made it. */
export function isDefinition(value: unknown): value is Definition {
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
