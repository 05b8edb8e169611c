import type { DeadReason } from '@anymq/core'
import type { Fact, Step } from '../facts.ts'
import type { Offer } from '../parts.ts'

/** A dead letter as it was seen in its queue. */
export interface SeenDead {
  readonly step: Step
  readonly id: string
  readonly reason: DeadReason
  readonly error: string
}

/** Everything that the check looks at. */
export interface Evidence extends Offer {
  readonly facts: readonly Fact[]
  readonly stock: ReadonlyMap<string, number>
  /** Before the repair. */
  readonly deadBefore: readonly SeenDead[]
  /** At the end. */
  readonly deadAfter: readonly SeenDead[]
  /** Messages that are left in the source of each step that there is; undefined where the broker does not tell. */
  readonly left: ReadonlyMap<Step, number | undefined>
  /** Whether the broker was to be restarted. */
  readonly restarts: boolean
  /** The most that the payment provider may have been asked while it was down. */
  readonly mostAsked: number
  /** How many workers the inventory has, each of which was to be replaced. */
  readonly inventoryHeads: number
}

/** One question and its answer. Each fault names the order. */
export interface Verdict {
  readonly question: string
  readonly faults: readonly string[]
}
