import { evidenceOf } from '../incidents.ts'
import type { Indexed } from '../indexed.ts'
import type { Problem } from '../problem.ts'

/** A case that did harm proves nothing where the harm did not happen. */
export function noEvidence({ facts }: Indexed): Problem[] {
  return facts.flatMap((fact, index) => {
    if (fact.fact !== 'fault' || evidenceOf(fact, facts.slice(index + 1)).length > 0) return []
    return [{ rule: 'no-evidence', message: `nothing shows that the fault happened: ${fact.fault}`, facts: [fact] }]
  })
}
