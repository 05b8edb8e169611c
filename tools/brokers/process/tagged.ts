import { readdirSync, readFileSync } from 'node:fs'
import { isRunning, identityOf, signal } from './pid.ts'
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
export async function endTagged(runId: string, leader?: number): Promise<readonly number[]> {
  const ended = new Set<number>()
  const sweep = () => {
    const found = taggedProcesses(runId)
    for (const pid of found) if (signal(pid, 'SIGKILL')) ended.add(pid)
    return found.every((pid) => !isRunning(identityOf(pid)))
  }
  if (leader !== undefined && process.platform !== 'linux' && signal(-leader, 'SIGKILL')) ended.add(leader)
  await until(sweep, { within: 10_000, every: 20, what: `the processes of ${runId} are gone` })
  return [...ended]
}

function environmentOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1') + '\0'
  } catch {
    return ''
  }
}
