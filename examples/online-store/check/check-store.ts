import { customerFaults } from './customers.ts'
import { deadLetterFaults } from './dead-letters.ts'
import type { Evidence, Verdict } from './evidence.ts'
import type { Expected } from './expected.ts'
import { incidentFaults } from './incidents.ts'
import { ledgerFaults } from './ledger.ts'
import { chargeFaults, mailFaults, passageFaults } from './orders.ts'
import { attemptFaults, outageFaults } from './outage.ts'
import { latest, reminderFaults } from './reminders.ts'
import { rollOverFaults } from './roll-over.ts'
import { runFaults } from './runs.ts'
import { stockFaults } from './stock.ts'
import { parcelFaults, vipFaults } from './vips.ts'

/** Compare what happened with what the data files say must have happened. */
export function checkStore(expected: Expected, evidence: Evidence): Verdict[] {
  const { parts } = evidence
  return [
    ...everywhere(expected, evidence),
    ...(parts.ordering ? ordered(expected, evidence) : []),
    ...(parts.priority ? prioritised(expected, evidence) : []),
    ...(parts.delay ? delayed(expected, evidence) : []),
    ...deadLetters(expected, evidence),
  ]
}

function everywhere(expected: Expected, evidence: Evidence): Verdict[] {
  const { facts, inventoryHeads } = evidence
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
    {
      question: `the payment provider was left alone while it was down: asked ${evidence.mostAsked} times at most`,
      faults: outageFaults(expected, evidence),
    },
    { question: 'that cost no order an attempt, nor did anything but a failure', faults: attemptFaults(facts) },
    {
      question: 'the inventory was rolled over under load: orders before, between and after, and by each new worker',
      faults: rollOverFaults(expected, facts, inventoryHeads),
    },
    {
      question: 'each order in the ledger once, in batches, though batches failed',
      faults: ledgerFaults(expected, facts),
    },
    { question: 'the stock is what the order file leaves of it', faults: stockFaults(expected, evidence) },
    { question: 'one mail for each order, and for each cart that was left', faults: mailFaults(expected, evidence) },
  ]
}

function ordered(expected: Expected, { facts }: Evidence): Verdict[] {
  return [
    {
      question: 'per customer: orders start as they were placed, and one at a time, in every group',
      faults: customerFaults(expected, facts),
    },
  ]
}

function prioritised(expected: Expected, { facts }: Evidence): Verdict[] {
  return [
    { question: 'one parcel for each order', faults: parcelFaults(expected, facts) },
    {
      question: 'of the parcels that waited together, those of VIPs waited less than half as long',
      faults: vipFaults(expected, facts),
    },
  ]
}

function delayed(expected: Expected, evidence: Evidence): Verdict[] {
  return [
    {
      question: `each reminder came, none early, and none later than ${latest(evidence)} ms after its time`,
      faults: reminderFaults(expected, evidence),
    },
  ]
}

function deadLetters({ dead }: Expected, { facts, deadBefore, deadAfter }: Evidence): Verdict[] {
  const hopeless = dead.filter(({ repairable }) => !repairable)
  return [
    {
      question: `dead letters: exactly the ${dead.length} poisoned ones, with the right reasons`,
      faults: deadLetterFaults(dead, deadBefore, facts),
    },
    {
      question: `dead letters after the repair: exactly the ${hopeless.length} that cannot be repaired`,
      faults: deadLetterFaults(hopeless, deadAfter, facts),
    },
  ]
}
