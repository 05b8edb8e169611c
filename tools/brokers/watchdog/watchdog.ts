import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { identityOf } from '../process/pid.ts'

/** What is ended and deleted when its owner is gone. */
export interface Watched {
  /** Processes that carry this id in their environment are ended. */
  readonly runId: string
  /** Deleted after that. When it is gone the watchdog has nothing left to do, and ends. */
  readonly folder: string
}

/** Ends the watchdog: its owner has cleaned up by itself. */
export type CallOff = () => void

/**
 * Start a process of its own that waits for the end of the owner, however it ends, and then leaves nothing of a run.
 * Resolves when it watches.
 *
 * @param owner default: the calling process
 */
export async function startWatchdog({ runId, folder }: Watched, owner = process.pid): Promise<CallOff> {
  const { pid, started } = identityOf(owner)
  const program = fileURLToPath(new URL('./main.ts', import.meta.url))
  const child = spawn(process.execPath, [program, runId, folder, String(pid), started], {
    cwd: '/',
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { PATH: process.env['PATH'] ?? '' },
  })
  await once(child, 'spawn')
  child.unref()
  await Promise.race([once(child.stdout, 'data'), once(child, 'exit').then(failed)])
  child.stdout.destroy()
  return () => void child.kill('SIGKILL')
}

function failed(): never {
  throw new Error('The watchdog ended at its start, so no broker was started.')
}
