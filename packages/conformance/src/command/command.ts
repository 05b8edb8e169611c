import { catalogue } from '../cases/catalogue.ts'
import { checkLists, planOf } from '../plan/plan.ts'
import { reportOf } from '../report/report.ts'
import { writeReport } from '../report/write.ts'
import type { Harness } from '../harness.ts'
import { realTime } from '../time/real-time.ts'
import { readArguments, USAGE, UsageError, type Arguments } from './arguments.ts'
import { closingLine, planLine, verdictLine } from './lines.ts'
import { loadHarness } from './load-harness.ts'
import { runPlan, worstOf } from './run-plan.ts'

/** Milliseconds in which a harness ends what it had started. */
const END_LIMIT = 60_000

/**
 * The command line of the suite. Returns the exit code: 0 when every case passed, is known or unproven; 1 when one failed; 2 when
 * it was told what it cannot do.
 */
export async function command(given: readonly string[], say: (line: string) => void): Promise<number> {
  try {
    return await run(readArguments(given), say)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    say(`${error.message}\n\n${USAGE}`)
    return 2
  }
}

async function run(
  { harness: file, plan: isPlan, selection, report, ...manner }: Arguments,
  say: (line: string) => void,
): Promise<number> {
  const plan = chosen(selection)
  const harness = file === undefined ? undefined : await loadHarness(file)
  if (isPlan || harness === undefined) {
    for (const one of plan) say(planLine(one, harness?.unproven))
    say(`${plan.length} cases`)
    if (harness !== undefined) await ended(harness)
    return 0
  }
  checkLists(catalogue, harness)
  const { name, product, adapter } = harness
  say(
    `${name}: ${adapter.name} ${adapter.version} on ${product.name} ${product.version}, Node ${process.versions.node}`,
  )
  try {
    const verdicts = await runPlan(plan, harness, { ...manner, onVerdict: (verdict) => say(verdictLine(verdict)) })
    if (report !== undefined) writeReport(report, reportOf(harness, worstOf(verdicts), new Date()))
    say(closingLine(verdicts))
    return verdicts.some(({ outcome }) => outcome === 'fail') ? 1 : 0
  } finally {
    await ended(harness)
  }
}

async function ended(harness: Harness): Promise<void> {
  await realTime.run('`close` of the harness', async () => harness.close?.(), END_LIMIT)
}

function chosen(selection: Arguments['selection']): ReturnType<typeof planOf> {
  try {
    return planOf(catalogue, selection)
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}
