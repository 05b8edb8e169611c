import { isPlainObject } from '../plain-object.ts'
import type { Codec } from './codec.ts'

/** When a producer compares a body with what would arrive: on its first 100 bodies, on all, or never. */
export type CheckBodies = 'first' | 'always' | 'never'

/**
 * The first place where decoding what was encoded gives something else, as a sentence; undefined if there is none.
 * An absent property and an undefined one count as equal, as they do for every reader of JSON.
 */
export function changedByCodec(codec: Codec, body: unknown, encoded: Uint8Array): string | undefined {
  return difference(body, codec.decode(encoded), 'body')
}

function difference(sent: unknown, got: unknown, path: string): string | undefined {
  if (Object.is(sent, got) || (sent === 0 && got === 0)) return undefined
  if (typeof sent !== 'object' || sent === null) return changed(path, sent, got)
  if (Array.isArray(sent)) return Array.isArray(got) ? itemsDiffer(sent, got, path) : changed(path, sent, got)
  if (ArrayBuffer.isView(sent)) return ArrayBuffer.isView(got) ? undefined : changed(path, sent, got)
  if (!isPlainObject(sent) || typeof got !== 'object' || got === null) return changed(path, sent, got)
  return propertiesDiffer(sent, got as Record<string, unknown>, path)
}

function itemsDiffer(sent: readonly unknown[], got: readonly unknown[], path: string): string | undefined {
  for (let i = 0; i < sent.length; i++) {
    const found = difference(sent[i], got[i], `${path}[${i}]`)
    if (found !== undefined) return found
  }
  return undefined
}

function propertiesDiffer(
  sent: Record<string, unknown>,
  got: Record<string, unknown>,
  path: string,
): string | undefined {
  if (typeof sent['toJSON'] === 'function') return `${path} has a toJSON method, so something else travels`
  for (const key of Object.keys(sent)) {
    const found = difference(sent[key], Object.hasOwn(got, key) ? got[key] : undefined, `${path}.${key}`)
    if (found !== undefined) return found
  }
  return undefined
}

function changed(path: string, sent: unknown, got: unknown): string {
  return `${path} is ${nameOf(sent)} and would arrive as ${nameOf(got)}`
}

function nameOf(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'object')
    return isPlainObject(value)
      ? 'a plain object'
      : `an instance of ${(value.constructor as { name?: string } | undefined)?.name ?? 'a class'}`
  if (typeof value === 'number') return String(value)
  return `a ${typeof value}`
}
