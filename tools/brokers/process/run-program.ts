import { spawn } from 'node:child_process'

export interface RunOptions {
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
  /** Called with each line the program prints. */
  readonly onLine?: (line: string) => void
  /** End it after this many milliseconds. Default: 15 minutes. */
  readonly within?: number
}

/** Run a program to its end and return what it printed. Rejects with its last lines when it fails. */
export function runProgram(file: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { cwd, env = process.env, onLine, within = 900_000 } = options
  const child = spawn(file, args, {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: within,
    killSignal: 'SIGKILL',
  })
  let output = ''
  const take = (chunk: string) => {
    output += chunk
    if (onLine) for (const line of chunk.split('\n')) if (line.trim()) onLine(line.trim())
  }
  child.stdout.setEncoding('utf8').on('data', take)
  child.stderr.setEncoding('utf8').on('data', take)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signalName) => {
      if (code === 0) resolve(output)
      else
        reject(
          new Error(`${file} failed (${code ?? signalName}):\n${output.trimEnd().split('\n').slice(-15).join('\n')}`),
        )
    })
  })
}
