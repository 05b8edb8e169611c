import type { Case } from '../case.ts'
import type { Harness } from '../harness.ts'
import { runCase } from '../run/run-case.ts'
import type { Verdict } from '../run/verdict.ts'

export interface Manner {
  readonly repeat: number
  readonly parallel: number
  readonly seed: number | undefined
  /** Told each verdict as it comes. */
  readonly onVerdict: (verdict: Verdict) => void
}

/** Run every case of the plan, as often and as many at once as asked. */
export async function runPlan(
  plan: readonly Case[],
  harness: Harness,
  { repeat, parallel, seed, onVerdict }: Manner,
): Promise<readonly Verdict[]> {
  const left = Array.from({ length: repeat }, () => plan).flat()
  const verdicts: Verdict[] = []
  const work = async (): Promise<void> => {
    for (let one = left.shift(); one !== undefined; one = left.shift()) {
      const verdict = await runCase(one, harness, seed === undefined ? {} : { seed })
      verdicts.push(verdict)
      onVerdict(verdict)
    }
  }
  await Promise.all(Array.from({ length: parallel }, work))
  return verdicts
}

/** Of the runs of each case the worst: what happens once in a hundred runs happens. */
export function worstOf(verdicts: readonly Verdict[]): readonly Verdict[] {
  const byId = new Map<string, Verdict>()
  for (const verdict of verdicts) if (verdict.outcome === 'fail' || !byId.has(verdict.id)) byId.set(verdict.id, verdict)
  return [...byId.values()]
}
