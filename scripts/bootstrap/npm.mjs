import { existsSync, realpathSync } from 'node:fs'
import { delimiter, dirname, join, resolve } from 'node:path'
import { capture } from './capture.mjs'
import { SetupError } from './setup-error.mjs'

/** Tells a task where npm is: a fetched Node has none beside it. */
export const npmVariable = 'WORKSPACE_NPM'

const cli = join('npm', 'bin', 'npm-cli.js')

/**
 * npm's own program: the one that called us, else the one beside this Node, else the first on PATH. Started by path, without a shell.
 *
 * @returns {string | undefined}
 */
export function findNpm() {
  // Another package manager sets `npm_execpath` to itself.
  const callers = [process.env.npm_execpath, process.env[npmVariable]].filter((path) => path?.endsWith('npm-cli.js'))
  const folder = dirname(process.execPath)
  const beside = [resolve(folder, '..', 'lib'), folder].map((place) => join(place, 'node_modules', cli))
  return [...callers, ...beside, ...onPath()].find((path) => path !== undefined && existsSync(path))
}

function onPath() {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => existsSync(join(folder, 'npm')))
  return folders.flatMap((folder) => {
    const real = realpathSync(join(folder, 'npm'))
    return [real.endsWith('npm-cli.js') ? real : '', join(folder, 'node_modules', cli)]
  })
}

/**
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions} options
 */
export async function npm(args, options) {
  const program = findNpm()
  if (program) return capture(process.execPath, [program, ...args], options)
  throw new SetupError('npm was not found.', { advice: 'start the task through npm, for example `npm test`.' })
}
