import { runTool } from './steps/program.ts'
import { closeWith, runSteps, type Tally } from './steps/run-steps.ts'
import { brokerTests } from './tests/broker-tests.ts'
import { runVitest } from './tests/run-vitest.ts'

const NO_INSTALL = '--no-install'

const args = process.argv.slice(2).filter((arg) => arg !== NO_INSTALL)
const install = !process.argv.includes(NO_INSTALL)
// A filter asks for a few tests at once, not for the whole workspace and every broker.
const filtered = args.some((arg) => !arg.startsWith('-'))

const tallies = [await runVitest(args)]
if (!filtered) tallies.push(await typeTests(), await realTests())
closeWith({
  passed: tallies.reduce((sum, { passed }) => sum + passed, 0),
  failed: tallies.reduce((sum, { failed }) => sum + failed, 0),
})

/** `@ts-expect-error` in *.test-d.ts: what must not compile. */
function typeTests(): Promise<Tally> {
  const run = () => runTool('typescript/bin/tsc', ['-p', 'tsconfig.json', '--pretty', 'false'])
  return runSteps([{ name: 'types, and what must not compile', run }])
}

/** A machine that cannot have a broker proves less, and says so; automation must have them all. */
async function realTests(): Promise<Tally> {
  const { passed, failed, missing } = await brokerTests(install)
  if (missing.length === 0) return { passed, failed }
  console.log(['', 'Not proven on this machine:', ...missing.map((line) => `  ${line}`)].join('\n'))
  return { passed, failed: process.env['CI'] === 'true' ? failed + missing.length : failed }
}
