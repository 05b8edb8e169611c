import { deadLetterFaults } from './dead-letters.ts'
import type { Evidence, Verdict } from './evidence.ts'
import type { Expected } from './expected.ts'
import { stockFaults } from './stock.ts'
import { incidentFaults } from './incidents.ts'
import { chargeFaults, mailFaults, passageFaults } from './orders.ts'
import { runFaults } from './runs.ts'

/** Compare what happened with what the data files say must have happened. */
export function checkStore(expected: Expected, evidence: Evidence): Verdict[] {
  const { facts, deadBefore, deadAfter } = evidence
  const hopeless = expected.dead.filter((dead) => !dead.repairable)
  return [
    {
      question: 'it was a bad day: payments failed, a worker died at work',
      faults: incidentFaults(expected, evidence),
    },
    {
      question: 'nothing lost, nothing invented: each order went through every step once',
      faults: passageFaults(expected, evidence),
    },
    { question: 'each order charged exactly once, and the right amount', faults: chargeFaults(expected, facts) },
    {
      question: 'a run more for each failure, and none without a cause, for each order in every step',
      faults: runFaults(facts),
    },
    { question: 'the stock is what the order file leaves of it', faults: stockFaults(expected, evidence) },
    { question: 'one mail for each order', faults: mailFaults(expected, facts) },
    {
      question: `dead letters: exactly the ${expected.dead.length} poisoned ones, with the right reasons`,
      faults: deadLetterFaults(expected.dead, deadBefore, facts),
    },
    {
      question: `dead letters after the repair: exactly the ${hopeless.length} that cannot be repaired`,
      faults: deadLetterFaults(hopeless, deadAfter, facts),
    },
  ]
}
