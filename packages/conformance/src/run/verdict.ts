import type { Level } from '@anymq/core'
import type { Area, Profile } from '../case.ts'

/**
 * `known`: failed, as the harness says it would. `unproven`: not run, because the harness cannot do what it takes.
 */
export type Outcome = 'pass' | 'fail' | 'known' | 'unproven'

/**
 * How a case failed. `claim`: something it asserts, or waited for by name. `history`: the judge found something. `leak`: something was
 * left behind. `late`: it ran out of time without a word. `harness`: there was no place for it, because the harness could
 * not make one, or because nobody could connect to it.
 */
export type Trouble = 'claim' | 'history' | 'leak' | 'late' | 'harness'

/** What became of one case. */
export interface Verdict {
  readonly id: string
  readonly title: string
  readonly area: Area
  readonly profile: Profile
  readonly outcome: Outcome
  /** How this broker keeps what the case is about; `unsupported`: its refusal was tested. */
  readonly level: Level
  /** Real milliseconds. */
  readonly took: number
  readonly trouble?: Trouble
  /** What is wrong, for a person: one line, then what explains it. Or why it is known or unproven. */
  readonly message?: string
  readonly seed: number
}
