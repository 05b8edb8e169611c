import { AssertionError } from 'node:assert'
import type { Problem } from '../history/judge.ts'
import { explain } from '../history/slice.ts'
import { TimeOver } from '../time/time.ts'
import type { Trouble } from './verdict.ts'

/** What is wrong with a run. */
export interface Finding {
  readonly trouble: Trouble
  readonly message: string
}

/** More would hide the first ones. */
const MOST_PROBLEMS = 3

/** What ended the case before its end. A verdict that names what is wrong is better than one that says: late. */
export function findingOf(error: unknown, problems: readonly Problem[], seed: number): Finding {
  const isLate = error instanceof TimeOver
  const trouble = problems.length > 0 ? 'history' : isLate ? 'late' : 'claim'
  return { trouble, message: [sentenceOf(error), ...explained(problems, seed)].join('\n') }
}

export function problemsFound(problems: readonly Problem[], seed: number): Finding {
  return { trouble: 'history', message: explained(problems, seed).join('\n') }
}

function explained(problems: readonly Problem[], seed: number): readonly string[] {
  const told = problems.slice(0, MOST_PROBLEMS).map((problem) => explain(problem, seed))
  return problems.length > MOST_PROBLEMS ? [...told, `and ${problems.length - MOST_PROBLEMS} more of this kind`] : told
}

function sentenceOf(error: unknown): string {
  if (error instanceof AssertionError || error instanceof TimeOver) return error.message
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}
