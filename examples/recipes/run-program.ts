import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** Runs a program of this folder to its end, and returns the lines that it printed. @throws if it fails, or takes 30 s */
export async function runProgram(path: string, env: NodeJS.ProcessEnv = {}): Promise<string[]> {
  const program = fileURLToPath(new URL(path, import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=source', program], {
    env: { ...process.env, ...env },
    timeout: 30_000,
  })
  return stdout.trim().split('\n')
}
