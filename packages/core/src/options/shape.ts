import { textOf, type Problem } from '../errors.ts'
import { isPlainObject } from '../plain-object.ts'
import type { Rule } from './rules.ts'
import { show } from './show.ts'

/** An object with these fields and no others. All problems are found, not only the first. */
export function shape(fields: Readonly<Record<string, Rule>>): Rule {
  return {
    isRequired: false,
    problems: (value, path) => {
      if (!isPlainObject(value)) return [{ path, message: `is ${show(value)}; give an object` }]
      const known = Object.entries(fields).flatMap(([name, rule]) => fieldProblems(rule, value, name, path))
      return [...known, ...unknownFields(fields, value, path)]
    },
  }
}

function fieldProblems(rule: Rule, value: Record<string, unknown>, name: string, path: string): Problem[] {
  const at = below(path, name)
  try {
    const found = value[name]
    return found === undefined && !rule.isRequired ? [] : rule.problems(found, at)
  } catch (error) {
    return [unreadable(at, error)]
  }
}

/** A getter or a proxy that throws is a problem of its field like any other. */
export function unreadable(path: string, error: unknown): Problem {
  return { path, message: `cannot be read: ${textOf(error)}` }
}

function unknownFields(fields: Readonly<Record<string, Rule>>, value: object, path: string): Problem[] {
  const message = `is an unknown field; the fields are ${Object.keys(fields).join(', ')}`
  try {
    return Object.keys(value)
      .filter((name) => !Object.hasOwn(fields, name))
      .map((name) => ({ path: below(path, name), message }))
  } catch (error) {
    return [unreadable(path, error)]
  }
}

const STEP = ' > '

/** `queue "orders" > retry.attempts`: the subject, then the field. */
function below(path: string, name: string): string {
  return path.includes(STEP) ? `${path}.${name}` : `${path}${STEP}${name}`
}
