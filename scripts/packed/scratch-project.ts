import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { npm } from '../bootstrap/npm.mjs'
import { root } from '../bootstrap/root.mjs'
import { buildLibraries } from '../libraries/build.ts'
import { packLibraries } from '../libraries/pack.ts'
import { libraryPackages } from '../libraries/packages.ts'
import { type Outcome } from '../steps/program.ts'

/** A project outside the workspace that has nothing of it but the tarballs. */
export interface ScratchProject extends Disposable {
  readonly folder: string
  readonly tarballs: string
}

/** Compilers that users of the libraries may have, by their names in the project. */
export const compilers: Readonly<Record<string, string>> = { 'typescript-5': '5.9.3', 'typescript-7': '7.0.2' }

export function makeScratchProject(): ScratchProject {
  const folder = mkdtempSync(join(tmpdir(), 'anymq-packed-'))
  cpSync(join(root, 'scripts', 'packed', 'project'), folder, { recursive: true })
  const remove = () => rmSync(folder, { recursive: true, force: true })
  return { folder, tarballs: join(folder, 'tarballs'), [Symbol.dispose]: remove }
}

export async function packFresh({ tarballs }: ScratchProject): Promise<Outcome> {
  const built = await buildLibraries()
  return built.ok ? packLibraries(tarballs) : built
}

export async function installTarballs(project: ScratchProject): Promise<Outcome> {
  writeFileSync(join(project.folder, 'package.json'), JSON.stringify(manifestOf(project), null, 2))
  const args = ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error']
  const { code, output } = await npm(args, { cwd: project.folder })
  return { ok: code === 0, output }
}

function manifestOf({ tarballs }: ScratchProject): object {
  const libraries = libraryPackages().map(({ name, tarball }) => [name, `file:${join(tarballs, tarball)}`])
  const compilerAliases = Object.entries(compilers).map(([name, version]) => [name, `npm:typescript@${version}`])
  return {
    private: true,
    type: 'module',
    dependencies: { ...Object.fromEntries(libraries), zod: '^4.0.0' },
    devDependencies: { ...Object.fromEntries(compilerAliases), '@types/node': nodeTypes() },
  }
}

function nodeTypes(): string {
  return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).devDependencies['@types/node']
}
