import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './bootstrap/root.mjs'
import { runLoudly, runTool } from './steps/program.ts'
import { closeWith, runSteps, type Tally } from './steps/run-steps.ts'
import { countsVariable } from './tests/count-reporter.ts'

const args = process.argv.slice(2)
// A filter asks for a few tests at once, not for the types of the whole workspace.
const filtered = args.some((arg) => !arg.startsWith('-'))

const units = await unitTests()
const types = filtered ? { passed: 0, failed: 0 } : await typeTests()
closeWith({ passed: units.passed + types.passed, failed: units.failed + types.failed })

async function unitTests(): Promise<Tally> {
  const file = join(root, '.tmp', `test-counts-${process.pid}.json`)
  mkdirSync(join(root, '.tmp'), { recursive: true })
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const reporters = ['--reporter=default', `--reporter=${join(root, 'scripts/tests/count-reporter.ts')}`]
  const env = { ...process.env, [countsVariable]: file }
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

/** `@ts-expect-error` in *.test-d.ts: what must not compile. */
function typeTests(): Promise<Tally> {
  const run = () => runTool('typescript/bin/tsc', ['-p', 'tsconfig.json', '--pretty', 'false'])
  return runSteps([{ name: 'types, and what must not compile', run }])
}
