import type { ResolvedPolicy } from '../definition/definition.ts'

/** A consumer's policy with the options that only a consumer has. */
export interface ResolvedConsumer extends ResolvedPolicy {
  readonly onInvalid: 'dead-letter' | 'retry'
}
