import { join } from 'node:path'
import { pinned } from '../bootstrap/prepare.mjs'
import { fetchNode } from '../bootstrap/tools.mjs'
import { type Outcome, runQuietly } from '../steps/program.ts'
import { closeWith, runSteps } from '../steps/run-steps.ts'
import type { Step } from '../steps/step.ts'
import { compilers, installTarballs, makeScratchProject, packFresh } from './scratch-project.ts'

/** The libraries promise Node >= 22.12; the pinned one is what they are developed on. */
const nodes = ['22', pinned.node, '26']
const programs = ['program.mjs', 'program.cjs']

using project = makeScratchProject()

const steps: readonly Step[] = [
  { name: 'libraries pack', run: () => packFresh(project) },
  { name: 'tarballs install with npm', after: ['libraries pack'], run: () => installTarballs(project) },
  ...nodes.flatMap(runsOn),
  provesAnAdapter(),
  ...Object.keys(compilers).map(compilesUnder),
]
closeWith(await runSteps(steps))

function runsOn(version: string): readonly Step[] {
  const fetched = `Node ${version} is there`
  return [
    { name: fetched, run: () => fetchNode(version).then((node) => runQuietly(node, ['--version'])) },
    ...programs.map((program) => ({
      name: `${program} on Node ${version}`,
      after: [fetched, 'tarballs install with npm'],
      run: async () => runQuietly(await fetchNode(version), [program], { cwd: project.folder }),
    })),
  ]
}

/** As an author of an adapter has it: the command, and a harness of one file. */
function provesAnAdapter(): Step {
  const command = join(project.folder, 'node_modules', '.bin', 'anymq-conformance')
  const args = ['--harness', 'harness.ts', '--report', join('reports', 'packed.json')]
  return {
    name: 'anymq-conformance proves an adapter',
    after: ['tarballs install with npm'],
    run: () => runQuietly(process.execPath, [command, ...args], { cwd: project.folder }),
  }
}

function compilesUnder(compiler: string): Step {
  const tsc = join(project.folder, 'node_modules', compiler, 'bin', 'tsc')
  const run = (): Promise<Outcome> => runQuietly(process.execPath, [tsc, '-p', '.'], { cwd: project.folder })
  return { name: `types under TypeScript ${compilers[compiler]}`, after: ['tarballs install with npm'], run }
}
