import { readdirSync, readFileSync } from 'node:fs'
import { identityOf, isRunning, type ProcessIdentity, signal } from './pid.ts'
import { until } from './until.ts'

/** Every process of a run carries this in its environment, also those that a broker detaches (epmd does). */
export const runTag = 'ANYMQ_BROKER_RUN'

/** The processes of a run, whoever started them. */
export function taggedProcesses(runId: string): readonly number[] {
  if (process.platform !== 'linux') return []
  const mark = `${runTag}=${runId}\0`
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => pid !== process.pid && environmentOf(pid).includes(mark))
}

/**
 * End every process of a run with SIGKILL, and wait until they are gone.
 *
 * @param leader the process group to end where the environment of other processes cannot be read
 */
export async function endTagged(runId: string, leader?: number): Promise<void> {
  if (leader !== undefined && process.platform !== 'linux') signal(-leader, 'SIGKILL')
  const ended = new Map<number, ProcessIdentity>()
  const sweep = () => {
    const found = taggedProcesses(runId)
    for (const pid of found) {
      ended.set(pid, identityOf(pid))
      signal(pid, 'SIGKILL')
    }
    return found.length === 0 && ![...ended.values()].some(isRunning)
  }
  await until(sweep, { within: 10_000, every: 10, what: `the processes of ${runId} are gone` })
}

function environmentOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1') + '\0'
  } catch {
    return ''
  }
}
