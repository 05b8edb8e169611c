import type { Fact } from './facts.ts'
import { Indexed } from './indexed.ts'
import type { Problem } from './problem.ts'
import { withoutRare } from './rare.ts'
import { altered } from './rules/altered.ts'
import { attempt } from './rules/attempt.ts'
import { closed } from './rules/closed.ts'
import { deadWrong } from './rules/dead-wrong.ts'
import { duplicate } from './rules/duplicate.ts'
import { early } from './rules/early.ts'
import { falseConfirm } from './rules/false-confirm.ts'
import { invented } from './rules/invented.ts'
import { lost } from './rules/lost.ts'
import { noEvidence } from './rules/no-evidence.ts'
import { order } from './rules/order.ts'
import { overlapKey } from './rules/overlap-key.ts'
import { overlapLease } from './rules/overlap-lease.ts'
import { refusedArrived } from './rules/refused-arrived.ts'
import { staleSettlement } from './rules/stale-settlement.ts'
import { unasked } from './rules/unasked.ts'
import type { Setting } from './setting.ts'

export type { Problem } from './problem.ts'

type Rule = (history: Indexed) => Problem[]

/** What is wrong as soon as it is seen. */
const ALWAYS: readonly Rule[] = [
  invented,
  refusedArrived,
  altered,
  duplicate,
  overlapLease,
  overlapKey,
  order,
  early,
  attempt,
  deadWrong,
  staleSettlement,
  closed,
  unasked,
]

/** What is still missing when everything has been waited for. */
const AT_THE_END: readonly Rule[] = [falseConfirm, lost, noEvidence]

/** @param isComplete false: the case ended early, and nothing is said of what is still missing */
export function judge(history: readonly Fact[], setting: Setting, isComplete: boolean): readonly Problem[] {
  const indexed = new Indexed(history, setting)
  const rules = isComplete ? [...AT_THE_END, ...ALWAYS] : ALWAYS
  return withoutRare(
    indexed,
    rules.flatMap((rule) => rule(indexed)),
  )
}
