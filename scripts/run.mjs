import { spawn } from 'node:child_process'
import { taskEnvironment } from './bootstrap/environment.mjs'
import { prepare } from './bootstrap/prepare.mjs'
import { SetupError, explain } from './bootstrap/setup-error.mjs'
import { root } from './bootstrap/root.mjs'
import { findTask, taskNames } from './bootstrap/tasks.mjs'

const [name = '', ...rest] = process.argv.slice(2)
const args = rest[0] === '--' ? rest.slice(1) : rest

try {
  process.exitCode = await main()
} catch (error) {
  if (!(error instanceof SetupError)) throw error
  process.stderr.write(explain(error))
  process.exitCode = 1
}

async function main() {
  const task = findTask(name)
  if (!task) throw new SetupError(`There is no task "${name}".`, { advice: `Tasks: ${taskNames().join(', ')}.` })
  const tools = await prepare({ install: task.needsInstall })
  const command = task.program === 'pnpm' ? [tools.pnpm, ...args] : [...task.program, ...args]
  return run(tools.node, command, taskEnvironment(tools))
}

/**
 * @param {string} node
 * @param {string[]} command
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<number>} the exit code
 */
function run(node, command, env) {
  const child = spawn(node, command, { cwd: root, env, stdio: 'inherit' })
  // The terminal sends Ctrl-C to the child as well; leaving first would cut off its clean-up.
  process.on('SIGINT', () => {})
  for (const signal of /** @type {const} */ (['SIGTERM', 'SIGHUP'])) process.on(signal, () => child.kill(signal))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 1)))
  })
}
