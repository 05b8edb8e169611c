import { styleText } from 'node:util'
import type { Books } from '../books.ts'
import type { Verdict } from '../check/evidence.ts'
import type { Store } from '../store.ts'
import type { Clock } from './clock.ts'
import { counted, number } from './words.ts'

const SHOWN_FAULTS = 5

/** What happened, in numbers. */
export function summary({ files, books, world }: Store, clock: Clock): string[] {
  const causes = (cause: string): number =>
    books.facts.filter((fact) => fact.fact === 'again').filter((fact) => fact.cause === cause).length
  const unsure = new Set(
    books.facts
      .filter((fact) => fact.fact === 'again')
      .filter(({ cause }) => cause === 'restart')
      .map(({ step, id }) => `${step} ${id}`),
  )
  const runs = books.facts.filter(({ fact }) => fact === 'run').length
  const repeats = world.provider.repeats
  return [
    '',
    `  ${counted(files.lines.length, 'line')} in, ${counted(books.facts.filter(({ fact }) => fact === 'charged').length, 'order')} charged, in ${clock.seconds.toFixed(1)} s`,
    `  ${counted(runs, 'handler run')}, of these again: ${number(causes('retry'))} after a failure, ${causes('crash')} after the crash,` +
      ` ${causes('redrive')} after the repair, ${causes('lease lost')} after a lost lease`,
    ...(unsure.size === 0
      ? []
      : [`  ${counted(unsure.size, 'message')} on their way while the broker was restarted, which may have run again`]),
    ...(repeats === 0 ? [] : [`  ${counted(repeats, 'charge')} asked for twice and made once, thanks to the key`]),
    `  logged by the library: ${logged(books)}`,
    '',
  ]
}

function logged({ facts }: Books): string {
  const texts = new Map<string, number>()
  for (const fact of facts) if (fact.fact === 'logged') texts.set(fact.text, (texts.get(fact.text) ?? 0) + 1)
  return [...texts].map(([text, times]) => `${number(times)} x "${text}"`).join(', ') || 'nothing'
}

/** Each question with its answer. */
export function verdictLines(verdicts: readonly Verdict[]): string[] {
  return verdicts.flatMap(({ question, faults }) => {
    const mark = faults.length === 0 ? styleText('green', 'ok  ') : styleText('red', 'FAIL')
    const more = faults.length > SHOWN_FAULTS ? [`         and ${faults.length - SHOWN_FAULTS} more`] : []
    return [`  ${mark} ${question}`, ...faults.slice(0, SHOWN_FAULTS).map((fault) => `         ${fault}`), ...more]
  })
}
