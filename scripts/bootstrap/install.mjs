import { createHash } from 'node:crypto'
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { capture } from './capture.mjs'
import { callerEnvironment } from './environment.mjs'
import { root } from './root.mjs'
import { SetupError } from './setup-error.mjs'

const stamp = join(root, 'node_modules', '.workspace-stamp')

/** Whether `node_modules` is what the lockfile and the manifests ask for. */
export function isInstalled() {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprint()
}

/** @param {string} pnpm */
export async function install(pnpm) {
  // Without a terminal pnpm would refuse to replace a node_modules that something else made.
  const args = [pnpm, 'install', '--frozen-lockfile', '--config.confirm-modules-purge=false']
  const result = await capture(process.execPath, args, { cwd: root, env: callerEnvironment() })
  if (result.code !== 0) throw uninstalled(result.output)
  writeFileSync(stamp, fingerprint())
}

function fingerprint() {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}`)
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml', ...manifests()]) {
    hash.update(`\0${file}\0`).update(readFileSync(join(root, file)))
  }
  return hash.digest('hex')
}

function manifests() {
  const folders = ['.', 'bench', ...inside('packages'), ...inside('examples')]
  return folders.map((folder) => join(folder, 'package.json')).filter((file) => existsSync(join(root, file)))
}

/** @param {string} folder */
function inside(folder) {
  const path = join(root, folder)
  return existsSync(path)
    ? readdirSync(path)
        .sort()
        .map((name) => join(folder, name))
    : []
}

/** @param {string} output */
function uninstalled(output) {
  const outdated = output.includes('OUTDATED_LOCKFILE')
  const advice = outdated
    ? 'a package.json changed and pnpm-lock.yaml did not follow: run `npm run pnpm -- install` and commit both.'
    : 'check that `npm ping` answers, then run the same command again; if it still fails, delete node_modules and .cache first.'
  return new SetupError('The dependencies could not be installed.', { advice, output })
}
