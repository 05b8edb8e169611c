import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../bootstrap/root.mjs'

export interface LibraryPackage {
  /** As published, `@anymq/core`. */
  readonly name: string
  /** Absolute. */
  readonly folder: string
  /** The file name that packing gives it. */
  readonly tarball: string
  readonly entries: readonly Entry[]
}

export interface Entry {
  /** As in `exports`, `./testing`. */
  readonly subpath: string
  /** For file names: `core`, `core-testing`. */
  readonly label: string
  /** Its declarations as built, absolute. */
  readonly types: string
}

interface Manifest {
  readonly name: string
  readonly version: string
  readonly private?: boolean
  readonly exports?: Readonly<Record<string, { readonly types: string }>>
}

/** The packages that are published, in the order of their names. */
export function libraryPackages(): readonly LibraryPackage[] {
  const folders = readdirSync(join(root, 'packages')).map((name) => join(root, 'packages', name))
  return folders.flatMap((folder) => {
    const manifest = readManifest(folder)
    return manifest.private ? [] : [describe(folder, manifest)]
  })
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
}

function describe(folder: string, { name, version, exports = {} }: Manifest): LibraryPackage {
  const short = name.replace(/^@[^/]+\//, '')
  const entries = Object.entries(exports).map(([subpath, { types }]) => ({
    subpath,
    label: short + subpath.slice(1).replaceAll('/', '-'),
    types: join(folder, types),
  }))
  const tarball = `${name.slice(1).replace('/', '-')}-${version}.tgz`
  return { name, folder, tarball, entries }
}
