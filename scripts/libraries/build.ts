import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Outcome, runTool } from '../steps/program.ts'
import { bundleLibraries } from './bundle.ts'
import { libraryPackages } from './packages.ts'

/** Build every library from nothing, so that no file of an earlier build is left: declarations by the compiler, programs by the bundler. */
export async function buildLibraries(): Promise<Outcome> {
  for (const { folder } of libraryPackages()) rmSync(join(folder, 'dist'), { recursive: true, force: true })
  const declared = await runTool('typescript/bin/tsc', ['-b', 'tsconfig.build.json', '--force', '--pretty', 'false'])
  return declared.ok ? bundleLibraries() : declared
}
