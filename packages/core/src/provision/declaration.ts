import type { Definition } from '../definition/definition.ts'
import type { Problem } from '../errors.ts'
import { refuseProblems } from '../options/refuse.ts'
import { oneOf, required } from '../options/rules.ts'
import { shape } from '../options/shape.ts'
import { show } from '../options/show.ts'
import { isPlainObject } from '../plain-object.ts'
import { isDefinition } from './check-definitions.ts'

/** How one definition is declared. */
export interface DeclareOptions {
  /** What the broker keeps of the definition becomes what it says now, though it was different or wider. What still holds messages is refused. */
  readonly replace: true
}

/** What `declare` was called with. */
export interface Declaration {
  readonly definitions: readonly Definition[]
  readonly replace: boolean
}

const options = shape({ replace: required(oneOf(true)) })

/** One definition and options, or any number of definitions. @throws MQ_CONFIG with every problem at once */
export function readDeclaration(given: readonly unknown[]): Declaration {
  const hasOptions = given.length === 2 && !isDefinition(given[1]) && (isDefinition(given[0]) || isOptions(given[1]))
  const definitions = hasOptions ? given.slice(0, 1) : given
  refuseProblems('MQ_CONFIG', 'Cannot declare:', [
    ...definitionProblems(definitions),
    ...(hasOptions ? options.problems(given[1], 'options') : []),
  ])
  return { definitions: definitions as readonly Definition[], replace: hasOptions }
}

/** No definition, not even a wrong one: those have a kind. */
function isOptions(value: unknown): boolean {
  try {
    return isPlainObject(value) && !Object.hasOwn(value, 'kind')
  } catch {
    return false
  }
}

function definitionProblems(definitions: readonly unknown[]): Problem[] {
  const allowed = 'give what queue(), topic() or group() returned'
  if (definitions.length === 0) return [{ path: 'definitions', message: `are none; ${allowed}` }]
  return definitions.flatMap((definition, index) =>
    isDefinition(definition) ? [] : [{ path: `definitions[${index}]`, message: `is ${show(definition)}; ${allowed}` }],
  )
}
