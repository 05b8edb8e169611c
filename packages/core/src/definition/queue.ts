import type { Codec } from '../codec/codec.ts'
import type { NeedsOf, Queue } from './definition.ts'
import { queueProblems } from './check.ts'
import { resolveDestination, resolvePolicy } from './resolve.ts'
import type { AnySchema, InOf, OutOf, Types } from './schema.ts'
import type { QueueSpec } from './spec.ts'
import { refuseProblems } from '../options/refuse.ts'
import { show } from '../options/show.ts'

/**
 * Define a queue: each message goes to exactly one of the competing consumers. A plain frozen value; no I/O.
 *
 * @param name words of `a-z 0-9` joined by `-`, at most 48 characters
 * @throws MQ_CONFIG with every problem at once
 */
export function queue<
  S extends AnySchema = Types<unknown>,
  const L extends string = never,
  C extends Codec = Codec<'json'>,
  const X extends QueueSpec<S, L, C> = QueueSpec<S, L, C>,
>(name: string, spec?: X & QueueSpec<S, L, C>): Queue<InOf<S, C>, OutOf<S, C>, L, NeedsOf<X>> {
  const given: QueueSpec<S, L, C> = spec ?? {}
  refuseProblems('MQ_CONFIG', `The queue ${show(name)} cannot be defined:`, queueProblems(name, given))
  return Object.freeze({ kind: 'queue', name, destination: resolveDestination(given), policy: resolvePolicy(given) })
}
