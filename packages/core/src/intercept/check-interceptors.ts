import type { Problem } from '../errors.ts'
import { callback, field, required, type Rule } from '../options/rules.ts'
import { shape } from '../options/shape.ts'
import { show } from '../options/show.ts'

const interceptor = shape({
  name: required(field('a name: 1 to 64 characters', isName)),
  send: callback('(next, destination) => (body, options) => Promise<string>'),
  process: callback('(next, source) => (message) => unknown'),
  processBatch: callback('(next, source) => (messages) => unknown'),
})

/** An array of interceptors with different names. */
export const interceptorsRule: Rule = {
  isRequired: false,
  problems: (value, path) => {
    if (!Array.isArray(value)) return [{ path, message: `is ${show(value)}; give an array of { name, send, process }` }]
    const found = value.flatMap((item, index) => interceptor.problems(item, `${path}[${index}]`))
    return found.length > 0 ? found : doubles(value as { name: string }[], path)
  },
}

function doubles(interceptors: readonly { readonly name: string }[], path: string): Problem[] {
  const names = interceptors.map(({ name }) => name)
  return names.flatMap((name, index) =>
    names.indexOf(name) === index
      ? []
      : [{ path: `${path}[${index}].name`, message: `is ${show(name)} as that of another; give each its own name` }],
  )
}

function isName(value: unknown): boolean {
  return typeof value === 'string' && value.trim() !== '' && value.length <= 64
}
