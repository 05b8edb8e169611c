import { MqError } from '../errors.ts'
import type { EnsureMode } from './driver.ts'
import type { Target } from './target.ts'

/** What cannot change under running consumers. Stored as canonical JSON, so that equal facts are equal text. */
export interface Fingerprint {
  readonly ordered: boolean
  readonly shards: number
  readonly levels: readonly string[]
  readonly dedupe: boolean
  readonly groups: readonly string[]
  readonly native: string
}

/** The text to store. */
export function fingerprintText({ ordered, shards, levels, dedupe, groups, native }: Fingerprint): string {
  return JSON.stringify({ ordered, shards, levels, dedupe, groups: [...groups].sort(), native })
}

/**
 * The fingerprint that an entity has from now on: the target's own, widened by what is `stored` with it ('' where nothing is).
 * For drivers: store the result where it differs from what is stored; with `verify` it never does.
 *
 * @throws MQ_MISMATCH naming property, expected and found; with `verify` also where the target has more than what is stored
 */
export function reconciled(target: Target, stored: string, mode: EnsureMode = 'create'): string {
  const wanted = parsed(target.fingerprint)
  const found = parsed(stored)
  if (wanted === undefined || found === undefined) return wanted === undefined ? stored : target.fingerprint
  for (const property of ['ordered', 'shards', 'dedupe', 'native'] as const)
    if (wanted[property] !== found[property]) throw mismatch(target, property, wanted[property], found[property])
  const levels = widerLevels(target, wanted.levels, found.levels)
  const groups = [...new Set([...wanted.groups, ...found.groups])]
  if (mode === 'verify' && levels.length > found.levels.length)
    throw mismatch(target, 'levels', wanted.levels, found.levels)
  if (mode === 'verify' && groups.length > found.groups.length)
    throw mismatch(target, 'groups', wanted.groups, found.groups)
  return fingerprintText({ ...wanted, levels, groups })
}

/** True for texts that differ in the groups they list, at most: those are no trait of what holds the messages. */
export function isSameShape(a: string, b: string): boolean {
  const [one, other] = [parsed(a), parsed(b)]
  if (one === undefined || other === undefined) return a === b
  return fingerprintText({ ...one, groups: [] }) === fingerprintText({ ...other, groups: [] })
}

/** Names that `stored` lists and the target does not; empty: none. */
export function widerThan(target: Target, stored: string): readonly string[] {
  const wanted = parsed(target.fingerprint)
  const found = parsed(stored)
  if (wanted === undefined || found === undefined) return []
  const more = (kind: string, mine: readonly string[], theirs: readonly string[]): string[] =>
    theirs.filter((name) => !mine.includes(name)).map((name) => `${kind} "${name}"`)
  return [...more('level', wanted.levels, found.levels), ...more('group', wanted.groups, found.groups)]
}

/** The levels that it lists, most urgent first: for drivers that serve levels themselves. */
export function levelsIn(fingerprint: string): readonly string[] {
  return parsed(fingerprint)?.levels ?? []
}

/** The groups that it lists. */
export function groupsIn(fingerprint: string): readonly string[] {
  return parsed(fingerprint)?.groups ?? []
}

/** What a target with this fingerprint says of order and levels: where its messages are depends on it. */
export function traitsIn(fingerprint: string): Partial<Pick<Target, 'ordered' | 'shards' | 'levels'>> {
  const found = parsed(fingerprint)
  return found === undefined ? {} : { ordered: found.ordered, shards: found.shards, levels: found.levels }
}

/** Both lists in one: what they share must stand in the same order. A list of none is no list that could be wider. */
function widerLevels(target: Target, wanted: readonly string[], found: readonly string[]): readonly string[] {
  const shared = wanted.filter((level) => found.includes(level))
  const sharedThere = found.filter((level) => wanted.includes(level))
  const isPrioritised = wanted.length > 0
  if (isPrioritised !== found.length > 0 || shared.join() !== sharedThere.join())
    throw mismatch(target, 'levels', wanted, found)
  const merged = [...found]
  wanted.forEach((level, index) => {
    if (merged.includes(level)) return
    const after = index === 0 ? -1 : merged.indexOf(wanted[index - 1]!)
    merged.splice(after + 1, 0, level)
  })
  return merged
}

function mismatch(target: Target, property: string, expected: unknown, found: unknown): MqError<'MQ_MISMATCH'> {
  return new MqError(
    'MQ_MISMATCH',
    `"${target.address}" exists with other properties: ${property} is ${JSON.stringify(found)} there and ${JSON.stringify(expected)} in the definition of "${target.name}"; ` +
      'use another name, or drain it and call broker.declare(definition, { replace: true })',
    { destination: target.name },
  )
}

function parsed(text: string): Fingerprint | undefined {
  if (text === '') return undefined
  try {
    return JSON.parse(text) as Fingerprint
  } catch {
    // Somebody else's text: nothing can be compared.
    return undefined
  }
}
