import { globSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { rolldown } from 'rolldown'
import type { Outcome } from '../steps/program.ts'
import { libraryPackages } from './packages.ts'

/**
 * Each library as a few files instead of one for each module: loading a module costs a program the same whatever its size, and
 * core alone has some two hundred. What several entry points share is in files of its own, so that there is one of everything.
 */
export async function bundleLibraries(): Promise<Outcome> {
  try {
    for (const { folder } of libraryPackages()) await bundle(folder)
    return { ok: true, output: '' }
  } catch (error) {
    return { ok: false, output: String(error) }
  }
}

async function bundle(folder: string): Promise<void> {
  const build = await rolldown({
    input: entriesOf(folder),
    // Everything with a name of its own is installed beside it.
    external: (id) => !id.startsWith('.') && !id.startsWith('/'),
    platform: 'node',
    // As written: what nobody uses is a matter for the unused-code check.
    treeshake: false,
    resolve: { extensions: ['.ts'] },
  })
  await build.write({
    dir: join(folder, 'dist'),
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: 'shared-[hash].js',
    minify: false,
  })
  await build.close()
}

/**
 * `index` to `src/index.ts` and so on, from the conditions of the package's exports; and `src/NAME/program.ts`, which is run and not
 * imported, as `NAME`.
 */
function entriesOf(folder: string): Record<string, string> {
  const { exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    readonly exports: Readonly<Record<string, { readonly source: string; readonly default: string }>>
  }
  const imported = Object.values(exports).map(
    ({ source, default: built }) => [basename(built, '.js'), join(folder, source)] as const,
  )
  const run = globSync('src/*/program.ts', { cwd: folder }).map(
    (file) => [basename(dirname(file)), join(folder, file)] as const,
  )
  return Object.fromEntries([...imported, ...run])
}
