import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { root } from '../bootstrap/root.mjs'

export interface Outcome {
  readonly ok: boolean
  readonly output: string
}

export interface RunOptions {
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
}

/** Run a program to its end and keep what it printed. A program that cannot be started is a failure, not an exception. */
export async function runQuietly(program: string, args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const child = spawn(program, args, { cwd: root, ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk))
  try {
    const [code] = await once(child, 'close')
    return { ok: code === 0, output: Buffer.concat(chunks).toString() }
  } catch (error) {
    return { ok: false, output: String(error) }
  }
}

/** Run a JavaScript file of an installed tool under this Node. */
export function runTool(file: string, args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  return runQuietly(process.execPath, [`${root}/node_modules/${file}`, ...args], options)
}

/** Run a program with this process's terminal; resolves to whether it succeeded. */
export async function runLoudly(program: string, args: readonly string[], options: RunOptions = {}): Promise<boolean> {
  const child = spawn(program, args, { cwd: root, ...options, stdio: 'inherit' })
  const [code] = await once(child, 'close')
  return code === 0
}
