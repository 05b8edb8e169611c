import type { Trouble } from '../../src/run/verdict.ts'

/** One case against one saboteur; '' is none. */
export interface Job {
  readonly saboteur: string
  readonly id: string
}

/** What became of it. */
export interface Kill extends Job {
  readonly outcome: 'pass' | 'fail' | 'unproven' | 'known'
  readonly trouble: Trouble | undefined
  readonly message: string
  /** Real milliseconds. */
  readonly took: number
}

/** A hang names nothing, and a place that could not be made proves nothing. */
export function isKill({ outcome, trouble }: Kill): boolean {
  return outcome === 'fail' && trouble !== 'late' && trouble !== 'harness'
}
