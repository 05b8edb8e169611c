import { dirname, join } from 'node:path'
import { install, isInstalled } from './install.mjs'
import { SetupError } from './setup-error.mjs'
import { fetchNode, fetchPnpm } from './tools.mjs'

/** @typedef {{ node: string, pnpm: string, pnpmBin: string }} Tools paths: Node, pnpm's program, the folder to put on PATH so that `pnpm` is found */

const oldestCaller = 18
const oldestNode = 24
/** What the tasks run on. */
export const pinned = { node: '24.21.0', pnpm: '12.21.0' }

/**
 * Everything a task needs: Node, pnpm and the dependencies. Quick when nothing is missing.
 *
 * @param {{ install: boolean }} options
 * @returns {Promise<Tools>}
 */
export async function prepare(options) {
  const major = Number.parseInt(process.versions.node, 10)
  if (major < oldestCaller) {
    throw new SetupError(`This is Node ${process.versions.node}.`, { advice: 'install Node 20 or newer.' })
  }
  const announcement = announce()
  try {
    // pnpm is a native program: it installs while Node is still on its way.
    const [node, pnpm] = await Promise.all([
      major >= oldestNode ? process.execPath : fetchNode(pinned.node),
      pnpmProgram().then((program) => withDependencies(program, options.install)),
    ])
    announcement.ready()
    return { node, pnpm, pnpmBin: join(dirname(pnpm), '..', '..', '.bin') }
  } finally {
    announcement.end()
  }
}

/** The path of the pinned pnpm, to be run by Node. */
export const pnpmProgram = () => fetchPnpm(pinned.pnpm)

/**
 * @param {string} pnpm
 * @param {boolean} wanted
 */
async function withDependencies(pnpm, wanted) {
  if (wanted && !isInstalled()) await install(pnpm)
  return pnpm
}

/** Say something only when the set-up takes long enough to be noticed. */
function announce() {
  const start = Date.now()
  let said = false
  const timer = setTimeout(() => {
    said = true
    process.stderr.write(`Setting up: Node ${pinned.node}, pnpm ${pinned.pnpm}, dependencies (once) ...\n`)
  }, 400)
  const ready = () => {
    if (said) process.stderr.write(`Ready after ${((Date.now() - start) / 1000).toFixed(1)} s.\n\n`)
  }
  return { ready, end: () => clearTimeout(timer) }
}
