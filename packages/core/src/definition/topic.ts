import type { Codec } from '../codec/codec.ts'
import type { NeedsOf, Topic } from './definition.ts'
import { topicProblems } from './check.ts'
import { resolveDestination } from './resolve.ts'
import type { AnySchema, InOf, OutOf, Types } from './schema.ts'
import type { TopicSpec } from './spec.ts'
import { refuseProblems } from '../options/refuse.ts'
import { show } from '../options/show.ts'

/**
 * Define a topic: each of its groups gets its own copy of every message. A plain frozen value; no I/O.
 *
 * @param name words of `a-z 0-9` joined by `-`, at most 48 characters
 * @throws MQ_CONFIG with every problem at once
 */
export function topic<
  S extends AnySchema = Types<unknown>,
  const L extends string = never,
  C extends Codec = Codec<'json'>,
  const G extends string = string,
  const X extends TopicSpec<S, L, C, G> = TopicSpec<S, L, C, G>,
>(name: string, spec?: X & TopicSpec<S, L, C, G>): Topic<InOf<S, C>, OutOf<S, C>, G, L, NeedsOf<X>> {
  const given: TopicSpec<S, L, C, G> = spec ?? {}
  refuseProblems('MQ_CONFIG', `The topic ${show(name)} cannot be defined:`, topicProblems(name, given))
  return Object.freeze({
    kind: 'topic',
    name,
    destination: resolveDestination(given),
    groups: Object.freeze([...(given.groups ?? [])]),
  })
}
