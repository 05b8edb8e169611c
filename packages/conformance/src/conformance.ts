import { catalogue } from './cases/catalogue.ts'
import type { Case } from './case.ts'
import type { Harness } from './harness.ts'
import { checkLists, planOf, type Selection } from './plan/plan.ts'
import { reportOf } from './report/report.ts'
import { writeReport } from './report/write.ts'
import { longestRun, runCase } from './run/run-case.ts'
import type { Verdict } from './run/verdict.ts'

/** What is given to `conformance`. */
export interface ConformanceOptions {
  /**
   * Registers one test with your runner. `timeout` is in milliseconds and longer than the case can take: every case ends by itself.
   * Vitest's `test` fits as it is; for node:test `(title, run, timeout) => test(title, { timeout }, run)`.
   */
  readonly test: (title: string, run: () => Promise<void>, timeout: number) => unknown
  readonly harness: Harness
  /** Default: every case that is neither `fault` nor `soak`. */
  readonly select?: Selection
  /** A file for the report of the run, written when its last case has ended. Default: none. */
  readonly report?: string
}

/**
 * Register the suite with a test runner: one test for each case.
 *
 * @throws Error for a selection or a list of the harness that names a case which does not exist
 */
export function conformance({ test, harness, select, report }: ConformanceOptions): void {
  checkLists(catalogue, harness)
  const plan = planOf(catalogue, select)
  const verdicts: Verdict[] = []
  for (const one of plan)
    test(
      titleOf(one, harness),
      async () => {
        const verdict = await runCase(one, harness)
        verdicts.push(verdict)
        if (report !== undefined && verdicts.length === plan.length)
          writeReport(report, reportOf(harness, verdicts, new Date()))
        if (verdict.outcome === 'fail') throw new ConformanceFailure(verdict)
      },
      longestRun(one, harness),
    )
}

function titleOf({ id, title }: Case, { name }: Harness): string {
  return `${id} on ${name}: ${title}`
}

/** What a case found. Its stack would show the suite, where nothing is wrong. */
class ConformanceFailure extends Error {
  constructor({ id, title, message = '', took }: Verdict) {
    super(`${id} ${title}\n${message}\n(after ${took} ms)`)
    this.name = 'ConformanceFailure'
    this.stack = `${this.name}: ${this.message}`
  }
}
