import { wasSeen } from '../fate.ts'
import type { Indexed } from '../indexed.ts'
import { missing } from '../missing.ts'
import type { Problem } from '../problem.ts'

/** Confirmed, and nothing was ever seen of it anywhere. */
export function falseConfirm(history: Indexed): Problem[] {
  return missing(history)
    .filter(({ traces }) => !traces.some(wasSeen))
    .map(({ send }) => ({
      rule: 'false-confirm',
      message: `message ${send.id} to ${send.fact.to} was confirmed, and nothing was ever seen of it`,
      facts: history.inOrder([send.fact, send.confirmed]),
    }))
}
