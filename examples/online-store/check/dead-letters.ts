import type { Fact } from '../facts.ts'
import { causesIn } from './causes.ts'
import { compare } from './compare.ts'
import type { SeenDead } from './evidence.ts'
import type { ExpectedDead } from './expected.ts'

/** What a handler that throws `DeadLetter` makes the reason. */
const REASON = 'rejected'

/** What lies in the dead-letter queues against what must lie there. */
export function deadLetterFaults(
  expected: readonly ExpectedDead[],
  seen: readonly SeenDead[],
  facts: readonly Fact[],
): string[] {
  const causes = causesIn(facts)
  return compare<ExpectedDead, SeenDead>({
    expected,
    found: seen,
    expectedKey: keyOf,
    foundKey: keyOf,
    // A fault between the copy and the acknowledgement of the original leaves both.
    faults: (dead, letters) => faultsOf(dead, letters, 1 + causes(dead.step, dead.id).possible),
    invented: ({ step, id, error }) => `${id} is among the dead letters of ${step} and must not be there: ${error}`,
  })
}

function faultsOf({ step, id, order, says }: ExpectedDead, letters: readonly SeenDead[], most: number): string[] {
  const name = id === order ? `order ${id}` : `order ${order} (${id})`
  const [letter] = letters
  if (letter === undefined) return [`${name} is missing among the dead letters of ${step}`]
  if (letters.length > most) return [`${name} is ${letters.length} times among the dead letters of ${step}`]
  const { reason, error } = letter
  if (reason !== REASON) return [`${name} is dead in ${step} with the reason ${reason} instead of ${REASON}: ${error}`]
  if (!error.includes(says)) return [`${name} is dead in ${step} for something else than "${says}": ${error}`]
  return []
}

function keyOf({ step, id }: Pick<SeenDead, 'step' | 'id'>): string {
  return `${step} ${id}`
}
