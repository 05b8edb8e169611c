import { Buffer } from 'node:buffer'
import type { Problem } from '../errors.ts'
import { isPlainObject } from '../plain-object.ts'
import type { Headers } from '../spi/messages.ts'
import { isReserved } from './names.ts'
import { unreadable } from '../options/shape.ts'
import { show } from '../options/show.ts'

const NAME = /^[a-z0-9][a-z0-9-]{0,63}$/
const MOST_HEADERS = 32
const LONGEST_VALUE = 1024
const MOST_BYTES = 8192
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const CONTROL = /[\u0000-\u001f\u007f]/

const NONE: Headers = Object.freeze({})

/** What is wrong with the headers of a user; an empty list: nothing. */
export function headerProblems(headers: unknown): Problem[] {
  // A Map or a fetch Headers has no properties: its entries would be passed over in silence.
  if (!isPlainObject(headers))
    return [{ path: 'headers', message: `is ${show(headers)}; give a plain object { name: value } with text values` }]
  try {
    return plainProblems(Object.entries(headers))
  } catch (error) {
    return [unreadable('headers', error)]
  }
}

function plainProblems(entries: readonly (readonly [string, unknown])[]): Problem[] {
  const problems = entries.flatMap(([name, value]) => entryProblems(name, value))
  if (entries.length > MOST_HEADERS)
    problems.push({ path: 'headers', message: `has ${entries.length} entries; ${MOST_HEADERS} are allowed` })
  const size = sizeOf(entries)
  if (size > MOST_BYTES)
    problems.push({
      path: 'headers',
      message: `has ${size} bytes of names and values; ${MOST_BYTES} are allowed: put more into the body`,
    })
  return problems
}

function entryProblems(name: string, value: unknown): Problem[] {
  const path = `headers[${JSON.stringify(name)}]`
  if (!NAME.test(name)) return [{ path, message: 'is no allowed name; give a-z, 0-9 and -, at most 64 characters' }]
  if (isReserved(name)) return [{ path, message: 'is kept for the library; choose another name' }]
  if (typeof value !== 'string') return [{ path, message: `is ${value === null ? 'null' : typeof value}; give text` }]
  if (!value.isWellFormed() || CONTROL.test(value))
    return [{ path, message: 'has a control character or a lone surrogate; give printable text' }]
  const size = Buffer.byteLength(value)
  return size > LONGEST_VALUE ? [{ path, message: `has ${size} bytes; ${LONGEST_VALUE} are allowed` }] : []
}

function sizeOf(entries: readonly (readonly [string, unknown])[]): number {
  let size = 0
  for (const [name, value] of entries)
    size += Buffer.byteLength(name) + (typeof value === 'string' ? Buffer.byteLength(value) : 0)
  return size
}

/** The headers that a user set, or a foreign producer: everything but the library's own. */
export function userHeaders(wire: Headers): Headers {
  let found: Record<string, string> | undefined
  for (const name in wire) {
    if (isReserved(name)) continue
    found ??= Object.create(null) as Record<string, string>
    found[name] = wire[name]!
  }
  return found === undefined ? NONE : Object.freeze(found)
}
