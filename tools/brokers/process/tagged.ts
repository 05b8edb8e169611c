import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { identityOf, isRunning, type ProcessIdentity, signal } from './pid.ts'
import { until } from './until.ts'

/** Every process of a run carries this in its environment, also those that a broker detaches (epmd does). */
export const runTag = 'ANYMQ_BROKER_RUN'

/** The processes of a run, whoever started them. */
export function taggedProcesses(runId: string): readonly number[] {
  const found = process.platform === 'linux' ? taggedInProc(runId) : taggedByPs(runId)
  return found.filter((pid) => pid !== process.pid)
}

/** End every process of a run with SIGKILL, and wait until they are gone. */
export async function endTagged(runId: string): Promise<void> {
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

function taggedInProc(runId: string): readonly number[] {
  const mark = `${runTag}=${runId}\0`
  const pids = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))
  return pids.map(Number).filter((pid) => environmentOf(pid).includes(mark))
}

function environmentOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1') + '\0'
  } catch {
    return ''
  }
}

function taggedByPs(runId: string): readonly number[] {
  const lines = execFileSync('ps', ['-axEww', '-o', 'pid=,command='], { encoding: 'utf8' }).split('\n')
  return lines.filter((line) => ` ${line} `.includes(` ${runTag}=${runId} `)).map((line) => Number.parseInt(line, 10))
}
