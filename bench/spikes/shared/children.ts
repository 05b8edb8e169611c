import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'

/** A child process that runs the same script with `role`; messages go both ways. */
export async function child(script: string, ...role: string[]): Promise<ChildProcess> {
  const { NODE_OPTIONS: _, ...env } = process.env
  const made = fork(script, role, { execArgv: ['--conditions=source', '--no-warnings'], env })
  await once(made, 'spawn')
  return made
}

/** The next message of a child; throws after a minute. */
export async function said<T>(from: ChildProcess): Promise<T> {
  const [message] = (await once(from, 'message', { signal: AbortSignal.timeout(60_000) })) as [T]
  return message
}

/** kill -9, and wait until it is gone. */
export async function kill(victim: ChildProcess): Promise<void> {
  const gone = once(victim, 'exit')
  process.kill(victim.pid!, 'SIGKILL')
  await gone
}
