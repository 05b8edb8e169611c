import type { Group, Topic } from './definition.ts'
import { groupProblems } from './check.ts'
import { resolvePolicy } from './resolve.ts'
import type { GroupPolicy } from './spec.ts'
import { refuseProblems } from '../options/refuse.ts'
import { show } from '../options/show.ts'

/** The group of a topic: its body and what it needs come from the topic. */
export type GroupOf<T> = T extends Topic<infer I, infer O, infer _G, infer _L, infer N> ? Group<O, N, I> : never
type NamesOf<T> = T extends Topic<infer _I, infer _O, infer G> ? G : never

/**
 * Define a group of a topic: its members compete for the group's own copy of every message. A plain frozen value; no I/O.
 *
 * @param of what `topic()` returned
 * @param name one of the topic's listed groups, or any name where the topic lists none
 * @throws MQ_CONFIG with every problem at once
 */
export function group<T extends Topic>(of: T, name: NamesOf<T>, policy?: GroupPolicy): GroupOf<T> {
  const given = policy ?? {}
  refuseProblems('MQ_CONFIG', `The group ${show(name)} cannot be defined:`, groupProblems(of, name, given))
  const made: Group = { kind: 'group', name, topic: of, policy: resolvePolicy(given), from: given.from ?? 'now' }
  return Object.freeze(made) as GroupOf<T>
}
