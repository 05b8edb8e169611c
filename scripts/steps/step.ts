import type { Outcome } from './program.ts'

/** One thing that is checked: it passes or it fails and says why. */
export interface Step {
  readonly name: string
  /** Names of the steps whose results this one needs. */
  readonly after?: readonly string[]
  run(): Promise<Outcome>
}

const passed: Outcome = { ok: true, output: '' }

/** An outcome from the list of what is wrong. */
export function fromProblems(problems: readonly string[]): Outcome {
  return problems.length === 0 ? passed : { ok: false, output: problems.join('\n') }
}
