import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

/** A process that cannot be taken for another one that got the same number later. */
export interface ProcessIdentity {
  readonly pid: number
  /** When it was started, in the system's own words. Empty when the process was already gone. */
  readonly started: string
}

export function identityOf(pid: number): ProcessIdentity {
  return { pid, started: look(pid)?.started ?? '' }
}

/** Does this very process still run? A zombie does not, once its last thread is gone: until then its ports are open. */
export function isRunning({ pid, started }: ProcessIdentity): boolean {
  const seen = look(pid)
  if (seen === undefined || seen.started !== started) return false
  return /[ZX]/.test(seen.state) ? threadsOf(pid) > 1 : true
}

/** Has SIGSTOP reached it? */
export function isStopped(pid: number): boolean {
  return look(pid)?.state === 'T'
}

/** Send a signal; false when there is no such process any more. */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name)
  } catch {
    return false
  }
}

function threadsOf(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/task`).length
  } catch {
    return 0
  }
}

interface Look {
  readonly state: string
  readonly started: string
}

function look(pid: number): Look | undefined {
  return process.platform === 'linux' ? lookInProc(pid) : lookWithPs(pid)
}

function lookInProc(pid: number): Look | undefined {
  try {
    // The name of the program stands in parentheses and may contain anything; the state is the first field after it.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return { state: fields[0] ?? '', started: fields[19] ?? '' }
  } catch {
    return undefined
  }
}

function lookWithPs(pid: number): Look | undefined {
  try {
    const line = execFileSync('ps', ['-o', 'state=,lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim()
    return line ? { state: line[0] ?? '', started: line.slice(1).replace(/^\S*\s+/, '') } : undefined
  } catch {
    return undefined
  }
}
