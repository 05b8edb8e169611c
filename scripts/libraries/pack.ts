import { mkdirSync, rmSync } from 'node:fs'
import { pnpmProgram } from '../bootstrap/prepare.mjs'
import { libraryPackages } from './packages.ts'
import { type Outcome, runQuietly } from '../steps/program.ts'

/** Pack every library as it would be published. The folder holds only these tarballs afterwards. */
export async function packLibraries(folder: string): Promise<Outcome> {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const pnpm = await pnpmProgram()
  for (const library of libraryPackages()) {
    const outcome = await runQuietly(process.execPath, [pnpm, 'pack', '--pack-destination', folder], {
      cwd: library.folder,
    })
    if (!outcome.ok) return { ok: false, output: `${library.name} could not be packed.\n${outcome.output}` }
  }
  return { ok: true, output: '' }
}
