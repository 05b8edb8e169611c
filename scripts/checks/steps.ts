import { join } from 'node:path'
import { root } from '../bootstrap/root.mjs'
import { buildLibraries } from '../libraries/build.ts'
import { packLibraries } from '../libraries/pack.ts'
import { type Outcome, runTool } from '../steps/program.ts'
import { fromProblems, type Step } from '../steps/step.ts'
import { checkApiReports } from './api-reports.ts'
import { checkImportDirection } from './import-direction.ts'
import { libraryPackages } from '../libraries/packages.ts'
import { checkInjectedOnly } from './injected-only.ts'
import { checkPortableText } from './portable-text.ts'
import { trackedFiles } from './tracked-files.ts'

export interface CheckOptions {
  /** Rewrite the API reports instead of comparing them. */
  readonly updateApi: boolean
}

const tarballs = join(root, '.tmp', 'tarballs')
const tsc = (...args: string[]): Promise<Outcome> => runTool('typescript/bin/tsc', [...args, '--pretty', 'false'])

/** Everything that must hold before a change is merged, cheapest way to notice a mistake first. */
export function checkSteps({ updateApi }: CheckOptions): readonly Step[] {
  return [
    { name: 'packages build', run: buildLibraries },
    { name: 'types of everything', run: () => tsc('-p', 'tsconfig.json') },
    { name: 'lint', run: () => runTool('oxlint/bin/oxlint', ['--format=unix']) },
    { name: 'format', run: () => runTool('oxfmt/bin/oxfmt', ['--check']) },
    { name: 'import direction', run: async () => fromProblems(checkImportDirection(trackedFiles())) },
    { name: 'injected time and chance', run: async () => fromProblems(checkInjectedOnly(trackedFiles())) },
    { name: 'portable text', run: async () => fromProblems(checkPortableText(trackedFiles())) },
    { name: 'unused files, exports and dependencies', run: () => runTool('knip/bin/knip.js', ['--no-progress']) },
    { name: 'API reports', after: ['packages build'], run: async () => fromProblems(checkApiReports(updateApi)) },
    { name: 'packages pack', after: ['packages build'], run: () => packLibraries(tarballs) },
    {
      name: 'packages publish cleanly',
      after: ['packages pack'],
      run: () => each((file) => runTool('publint/src/cli.js', [file, '--strict'])),
    },
    { name: 'types resolve for every importer', after: ['packages pack'], run: () => each(checkResolution) },
  ]
}

function checkResolution(tarball: string): Promise<Outcome> {
  return runTool('@arethetypeswrong/cli/dist/index.js', [tarball, '--profile', 'esm-only', '--no-color', '--no-emoji'])
}

async function each(check: (tarball: string) => Promise<Outcome>): Promise<Outcome> {
  const outcomes = await Promise.all(libraryPackages().map(({ tarball }) => check(join(tarballs, tarball))))
  return fromProblems(outcomes.filter(({ ok }) => !ok).map(({ output }) => output))
}
