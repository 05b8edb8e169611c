import type { Case } from '../case.ts'
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
  { harness: file, plan: isPlan, ...manner }: Arguments,
  say: (line: string) => void,
): Promise<number> {
  const plan = told(() => planOf(catalogue, manner.selection))
  const harness = file === undefined ? undefined : await loadHarness(file)
  if (harness !== undefined) told(() => checkLists(catalogue, harness))
  if (isPlan || harness === undefined) {
    for (const one of plan) say(planLine(one, harness?.unproven))
    say(`${plan.length} cases`)
  }
  if (harness === undefined) return 0
  let code = 1
  let isEnded = false
  try {
    code = isPlan ? 0 : await proven(plan, harness, manner, say)
  } finally {
    isEnded = await ended(harness, say)
  }
  return isEnded ? code : 1
}

async function proven(
  plan: readonly Case[],
  harness: Harness,
  { report, ...manner }: Omit<Arguments, 'harness' | 'plan'>,
  say: (line: string) => void,
): Promise<number> {
  const { name, product, adapter } = harness
  say(
    `${name}: ${adapter.name} ${adapter.version} on ${product.name} ${product.version}, Node ${process.versions.node}`,
  )
  const verdicts = await runPlan(plan, harness, { ...manner, onVerdict: (verdict) => say(verdictLine(verdict)) })
  if (report !== undefined) writeReport(report, reportOf(harness, worstOf(verdicts), new Date()))
  say(closingLine(verdicts))
  return verdicts.some(({ outcome }) => outcome === 'fail') ? 1 : 0
}

/** False where the harness does not end what it had started. */
async function ended(harness: Harness, say: (line: string) => void): Promise<boolean> {
  try {
    await realTime.run('it', async () => harness.close?.(), END_LIMIT)
    return true
  } catch (error) {
    say(`\`close\` of the harness failed: ${error instanceof Error ? error.message : String(error)}`)
    return false
  }
}

/** What is not there was asked for. */
function told<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw UsageError.of(error)
  }
}
