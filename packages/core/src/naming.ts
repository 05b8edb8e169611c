import type { Problem } from './errors.ts'

const WORDS = /^[a-z0-9]+(?:-[a-z0-9]+)*$/
const STRUCTURAL = /^(?:dead$|delay$|[lsg]-)/
const LONGEST_NAME = 48
/** The longest physical name that every broker can hold: SQS, with its `.fifo`. */
export const LONGEST_ADDRESS = 80

/** What a name may look like: for error messages. */
export const NAME_FORM = 'words of a-z and 0-9 joined by single -, at most 48 characters'

/** True for words of `a-z 0-9` joined by single `-`, at most 48 characters. */
export function isName(value: unknown): value is string {
  return typeof value === 'string' && value.length <= LONGEST_NAME && WORDS.test(value)
}

/** True for names that would collide with a part of a physical name. */
export function isStructural(name: string): boolean {
  return STRUCTURAL.test(name)
}

/** Physical names, put together here and nowhere else. `.` parts never collide: each says what it is. */
export interface Naming {
  destination(name: string): string
  /** @param topic its address */
  group(topic: string, name: string): string
  dead(source: string): string
}

/** Names under a namespace; none: the bare names. */
export function naming(namespace: string | undefined): Naming {
  const prefix = namespace === undefined ? '' : `${namespace}.`
  return {
    destination: (name) => prefix + name,
    group: (topic, name) => `${topic}.g-${name}`,
    dead: (source) => `${source}.dead`,
  }
}

/** The lane of one level. */
export function levelAddress(address: string, level: string): string {
  return `${address}.l-${level}`
}

/** One part of an ordered destination, or one tier of what waits. */
export function shardAddress(address: string, index: number): string {
  return `${address}.s-${index}`
}

/** Where a destination's messages wait until they are due. */
export function delayAddress(address: string): string {
  return `${address}.delay`
}

/** Undefined if the physical name fits this broker and, unless said otherwise, every other one. */
export function addressProblem(
  path: string,
  address: string,
  limit: number,
  portable: number = LONGEST_ADDRESS,
): Problem | undefined {
  const longest = Math.min(limit, portable)
  if (address.length <= longest) return undefined
  return {
    path,
    message: `its physical name "${address}" has ${address.length} characters; ${longest} are allowed: shorten the name or the namespace`,
  }
}
