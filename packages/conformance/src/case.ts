import type { Definition } from '@anymq/core'
import type { Capabilities } from '@anymq/core/driver'
import type { Disturbance } from './harness.ts'
import type { World } from './world/world.ts'

export type Area = 'send' | 'settle' | 'order' | 'dead' | 'retry' | 'close'
/** `smoke`: in every run. `full`: before a release. `fault`: stops the broker, and needs one of its own. `soak`: long. */
export type Profile = 'smoke' | 'full' | 'fault' | 'soak'

/** One case: data, and what to do. */
export interface Case {
  /** Never used again for another case: `order-05`. */
  readonly id: string
  /** A sentence: when this, then that. */
  readonly title: string
  readonly area: Area
  /** Clauses of the guarantees that it proves. */
  readonly clauses: readonly string[]
  /** What a user is spared. */
  readonly protects: string
  /** Where the manifest says `unsupported` for one of these, its refusal is the test. Default: none. */
  readonly needs?: readonly (keyof Capabilities)[]
  /** Harm that the case does. Where the harness cannot do it the case is unproven. Default: none. */
  readonly harm?: readonly Disturbance[]
  /** It puts messages on the broker without the library. Where the harness cannot, the case is unproven. Default false. */
  readonly foreign?: boolean
  /** Default `full`. */
  readonly profile?: Profile
  /** Real milliseconds, on a broker over a network; in virtual time it is far quicker. Default 20,000. */
  readonly budget?: number
  /** Everything that it sends to and consumes from, known before it begins. */
  readonly uses: readonly Definition[]
  run(world: World): Promise<void>
}

/** The area is the first half of the id: it is said once. */
export function defineCase(own: Omit<Case, 'area'>): Case {
  return Object.freeze({ ...own, area: own.id.split('-')[0] as Area })
}
