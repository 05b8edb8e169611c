import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { callerEnvironment } from './environment.mjs'
import { npm } from './npm.mjs'
import { root } from './root.mjs'
import { SetupError } from './setup-error.mjs'

/** @typedef {{ node: string, path: string }} Probe the Node and the PATH inside one `npm exec` environment */

const memory = join(root, '.cache', 'tools.json')
const probe = fileURLToPath(new URL('probe.mjs', import.meta.url))

/**
 * The package that carries Node's program for this machine.
 *
 * @param {string} version
 */
function nodePackage(version) {
  const own = ['linux-x64', 'linux-arm64', 'win32-x64'].includes(`${process.platform}-${process.arch}`)
  const platform = process.platform === 'win32' ? 'win' : process.platform
  // The package `node` picks the right one by an install script, which is slower.
  return own ? `node-${platform}-${process.arch}@${version}` : `node@${version}`
}

/**
 * The path of a Node of this version, fetched when this machine has not got it.
 *
 * @param {string} version such as `24.21.0` or `26`
 * @returns {Promise<string>}
 */
export function fetchNode(version) {
  return fetched(nodePackage(version), (found) => found.node)
}

/**
 * The path of pnpm's program, to be run by Node.
 *
 * @param {string} version
 * @returns {Promise<string>}
 */
export function fetchPnpm(version) {
  return fetched(`pnpm@${version}`, ({ path }) => {
    const programs = path.split(delimiter).map((folder) => join(dirname(folder), 'pnpm', 'bin', 'pnpm.mjs'))
    return programs.find(existsSync) ?? ''
  })
}

/** @returns {Record<string, string>} */
function remembered() {
  try {
    return JSON.parse(readFileSync(memory, 'utf8'))
  } catch {
    return {}
  }
}

/**
 * @param {string} spec
 * @param {string} path
 */
function remember(spec, path) {
  mkdirSync(dirname(memory), { recursive: true })
  const draft = `${memory}.${process.pid}`
  writeFileSync(draft, `${JSON.stringify({ ...remembered(), [spec]: path }, null, 2)}\n`)
  renameSync(draft, memory)
}

/**
 * npm keeps what `npm exec` fetched for the whole user, so a second checkout pays nothing.
 *
 * @param {string} spec
 * @param {(found: Probe) => string} locate
 */
async function fetched(spec, locate) {
  const known = remembered()[spec]
  if (known && existsSync(known)) return known
  const args = ['exec', '--yes', '--loglevel=error', `--package=${spec}`, '--', 'node', probe]
  const result = await npm(args, { cwd: root, env: callerEnvironment() })
  const path = result.code === 0 ? locate(JSON.parse(result.stdout.trim().split('\n').at(-1) ?? '{}')) : ''
  if (!path || !existsSync(path)) throw unfetched(spec, result.output)
  remember(spec, path)
  return path
}

/**
 * @param {string} spec
 * @param {string} output
 */
function unfetched(spec, output) {
  const own = spec.startsWith('node') ? ' An installed Node 24 or newer is used as it is and needs no download.' : ''
  return new SetupError(`npm could not fetch ${spec}.`, {
    advice: `check that \`npm ping\` answers (network, proxy, registry settings), then run the same command again.${own}`,
    output,
  })
}
