import { runTool } from './steps/program.ts'
import { closeWith, runSteps, type Tally } from './steps/run-steps.ts'
import { brokerTests, NEWEST, OTHERS, toolTests, type BrokerTests } from './tests/broker-tests.ts'
import { runVitest } from './tests/run-vitest.ts'

const FLAGS = ['--no-install', '--full']

const args = process.argv.slice(2).filter((arg) => !FLAGS.includes(arg))
const install = !process.argv.includes('--no-install')
const full = process.argv.includes('--full')
// A filter asks for a few tests at once, not for the whole workspace and every broker.
const filtered = args.some((arg) => !arg.startsWith('-'))

const tallies = [await runVitest(args)]
if (!filtered) tallies.push(await typeTests(), judged(await brokerTests(NEWEST, install)))
if (full && !filtered) tallies.push(judged(await brokerTests(OTHERS, install)), await toolTests())
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
function judged({ passed, failed, missing }: BrokerTests): Tally {
  if (missing.length === 0) return { passed, failed }
  console.log(['', 'Not proven on this machine:', ...missing.map((line) => `  ${line}`)].join('\n'))
  return { passed, failed: process.env['CI'] === 'true' ? failed + missing.length : failed }
}
