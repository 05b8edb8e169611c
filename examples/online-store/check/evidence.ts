import type { DeadReason } from '@anymq/core'
import type { Fact, Step } from '../books.ts'

/** A dead letter as it was seen in its queue. */
export interface SeenDead {
  readonly step: Step
  readonly id: string
  readonly reason: DeadReason
  readonly error: string
}

/** Everything that the check looks at. */
export interface Evidence {
  readonly facts: readonly Fact[]
  readonly stock: ReadonlyMap<string, number>
  /** Before the repair. */
  readonly deadBefore: readonly SeenDead[]
  /** At the end. */
  readonly deadAfter: readonly SeenDead[]
  /** Messages that are left in each step's source; undefined where the broker does not tell. */
  readonly left: ReadonlyMap<Step, number | undefined>
  /** Whether the broker was to be restarted. */
  readonly restarts: boolean
}

/** One question and its answer. Each fault names the order. */
export interface Verdict {
  readonly question: string
  readonly faults: readonly string[]
}
