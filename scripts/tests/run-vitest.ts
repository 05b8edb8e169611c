import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../bootstrap/root.mjs'
import { runLoudly } from '../steps/program.ts'
import type { Tally } from '../steps/run-steps.ts'
import { countsVariable } from './count-reporter.ts'

/** Run vitest in this terminal and count. A run that ends without counts is one failure. */
export async function runVitest(args: readonly string[], variables: NodeJS.ProcessEnv = {}): Promise<Tally> {
  const file = join(root, '.tmp', `test-counts-${process.pid}.json`)
  mkdirSync(join(root, '.tmp'), { recursive: true })
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const reporters = ['--reporter=default', `--reporter=${join(root, 'scripts/tests/count-reporter.ts')}`]
  const env = { ...process.env, ...variables, [countsVariable]: file }
  const ok = await runLoudly(process.execPath, [vitest, 'run', ...reporters, ...args], { env })
  try {
    const counts: Tally = JSON.parse(readFileSync(file, 'utf8'))
    return ok ? counts : { ...counts, failed: Math.max(1, counts.failed) }
  } catch {
    return { passed: 0, failed: 1 }
  } finally {
    rmSync(file, { force: true })
  }
}
