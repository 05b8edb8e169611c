import type { Codec } from '../codec/codec.ts'
import type { Backoff } from '../policy/backoff.ts'
import type { BodyCheck } from './schema.ts'
import type { Requirements } from './spec.ts'

/** The capabilities that a definition asks for, as a type: `{ ordering: true }`. */
export type Needs = { readonly [capability: string]: true }
type NoNeeds = Record<never, never>

/** Derived from a spec's literal type. */
export type NeedsOf<X> = (X extends { readonly ordering: object } ? { readonly ordering: true } : NoNeeds) &
  (X extends { readonly priority: object } ? { readonly priority: true } : NoNeeds) &
  (X extends { readonly dedupe: object } ? { readonly dedupe: true } : NoNeeds) &
  (X extends { readonly delay: object } ? { readonly delay: true } : NoNeeds) &
  (X extends { readonly ttl: string | number } ? { readonly ttl: true } : NoNeeds)

/** How a source is consumed, all defaults filled in. Durations in milliseconds. */
export interface ResolvedPolicy {
  readonly attempts: number
  readonly backoff: Backoff
  readonly when: ((error: unknown, attempt: number) => boolean) | undefined
  readonly crashes: number
  readonly deadLetter: true | 'drop'
  readonly lease: number
  readonly timeout: number
  readonly concurrency: number
}

/** A destination's half of a definition, all defaults filled in. Durations in milliseconds, sizes in bytes. */
export interface ResolvedDestination {
  readonly codec: Codec
  readonly check: BodyCheck
  readonly ordering:
    | {
        readonly key: (body: never) => string | undefined
        readonly shards: number
        readonly onFailure: 'block' | 'skip'
        readonly withPriority: 'per-level' | undefined
      }
    | undefined
  readonly priority:
    | { readonly levels: readonly string[]; readonly default: string; readonly policy: 'weighted' | 'strict' }
    | undefined
  readonly delay: { readonly max: number } | undefined
  readonly dedupe: { readonly window: number } | undefined
  readonly ttl: number | undefined
  readonly retention: number
  readonly maxBody: number
  readonly require: Requirements
  readonly native: Readonly<Record<string, unknown>>
}

/** Type arguments of a definition; never there at run time. What is sent stands as a parameter, so that it cannot be widened. */
interface Phantom<I, O, L extends string, N> {
  readonly ' types'?: { readonly in: (body: I) => void; readonly out: O; readonly level: L; readonly needs: N }
}

/** A named destination where each message goes to exactly one of the competing consumers. Made by `queue()`. */
export interface Queue<I = never, O = unknown, L extends string = string, N = unknown> extends Phantom<I, O, L, N> {
  readonly kind: 'queue'
  readonly name: string
  readonly destination: ResolvedDestination
  readonly policy: ResolvedPolicy
}

/** A named destination of which every group gets its own copy. Made by `topic()`. */
export interface Topic<
  I = never,
  O = unknown,
  G extends string = string,
  L extends string = string,
  N = unknown,
> extends Phantom<I, O, L, N> {
  readonly kind: 'topic'
  readonly name: string
  readonly destination: ResolvedDestination
  /** Groups that exist from the first send on. */
  readonly groups: readonly G[]
}

/** A group of a topic: consumed like a queue. Made by `group()`. */
export interface Group<O = unknown, N = unknown, I = never> extends Phantom<I, O, never, N> {
  readonly kind: 'group'
  readonly name: string
  readonly topic: Topic
  readonly policy: ResolvedPolicy
  readonly from: 'now' | 'oldest'
}

/** What a producer sends to. */
export type Destination<I = never, L extends string = string> = Queue<I, unknown, L> | Topic<I, unknown, string, L>
/** What a consumer consumes from. */
export type Source<O = unknown, I = never> = Queue<I, O> | Group<O, unknown, I>
/** Anything a broker can be given. */
export type Definition = Queue | Topic | Group

/** The name for people and logs: `orders`, `order-placed/payment`. */
export function displayName(definition: Definition): string {
  return definition.kind === 'group' ? `${definition.topic.name}/${definition.name}` : definition.name
}

/** The half that says what travels. */
export function destinationOf(definition: Definition): ResolvedDestination {
  return definition.kind === 'group' ? definition.topic.destination : definition.destination
}
