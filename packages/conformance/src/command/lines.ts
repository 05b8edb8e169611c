import type { Case } from '../case.ts'
import type { Harness } from '../harness.ts'
import type { Verdict } from '../run/verdict.ts'

const WORDS = { pass: 'ok', fail: 'FAIL', known: 'known', unproven: 'unproven' } as const

/** One line for one case of a plan. */
export function planLine(
  { id, title, profile = 'full', needs = [], harm = [], foreign = false, clauses }: Case,
  unproven: Harness['unproven'],
): string {
  const asks = [...needs.map((need) => `needs ${need}`), ...harm.map((fault) => `does harm: ${fault}`)]
  if (foreign) asks.push('puts foreign messages')
  const reason = unproven?.[id]
  if (reason !== undefined) asks.push(`unproven: ${reason}`)
  const line = `${id.padEnd(10)} ${profile.padEnd(6)} ${title}`
  return [line, ...(asks.length > 0 ? [asks.join('; ')] : []), clauses.join(', ')].join(`\n${' '.repeat(18)}`)
}

/** One line for a verdict, and what explains it. */
export function verdictLine({ outcome, id, title, took, level, message }: Verdict): string {
  const line = `${WORDS[outcome].padEnd(8)} ${id.padEnd(10)} ${`${took} ms`.padStart(9)}  ${level.padEnd(11)} ${title}`
  return message === undefined ? line : `${line}\n${message.replaceAll(/^/gm, '         ')}`
}

/** The last line of a run. */
export function closingLine(verdicts: readonly Verdict[]): string {
  const count = (outcome: Verdict['outcome']): number =>
    verdicts.filter((verdict) => verdict.outcome === outcome).length
  const more = (['known', 'unproven'] as const).flatMap((outcome) =>
    count(outcome) > 0 ? [`${count(outcome)} ${outcome}`] : [],
  )
  const counts = `${count('pass')} passed, ${count('fail')} failed`
  return more.length === 0 ? counts : `${more.join(', ')}\n${counts}`
}
