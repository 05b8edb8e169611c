import type { Fact } from './facts.ts'

/** Something that must not have happened. */
export interface Problem {
  /** A word: `lost`, `order`. */
  readonly rule: string
  /** One sentence for a person. */
  readonly message: string
  /** What explains it, in the order of time. */
  readonly facts: readonly Fact[]
}
