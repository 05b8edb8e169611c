import { STEPS } from '../facts.ts'
import type { SeenDead } from '../check/evidence.ts'
import type { Repaired } from '../repair/dead-letter-office.ts'

const PER_STEP = 4
const LONGEST = 110

/** A few dead letters of each step, and how many more there are. */
export function letterLines(letters: readonly SeenDead[]): string[] {
  return STEPS.flatMap((step) => {
    const own = letters.filter((letter) => letter.step === step)
    const more = own.length > PER_STEP ? [`${step}: and ${own.length - PER_STEP} more`] : []
    return [...own.slice(0, PER_STEP).map(letterLine), ...more]
  })
}

function letterLine({ step, id, reason, error }: SeenDead): string {
  const line = `${step}: ${id} ${reason}: ${error}`
  return line.length > LONGEST ? `${line.slice(0, LONGEST - 1)}…` : line
}

/** What was done to the dead letters of each step. */
export function repairLines(repairs: readonly Repaired[]): string[] {
  return repairs
    .filter(({ moved, kept }) => moved + kept > 0)
    .flatMap(({ step, moved, kept, remedies }) => [
      `${step}: ${moved} back, ${kept} cannot be repaired and stay`,
      ...[...remedies].map(([remedy, times]) => `  ${times} x ${remedy}`),
    ])
}
