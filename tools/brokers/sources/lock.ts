import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { identityOf, isRunning, type ProcessIdentity } from '../process/pid.ts'

export interface LockOptions {
  /** Called once, with the pid of the holder, when there is somebody to wait for. */
  readonly onWait?: (pid: number) => void
  /** Give up after this many milliseconds. Default: 15 minutes. */
  readonly within?: number
}

/**
 * Hold a lock file that names its holder's process. The lock of a process that is gone is taken over.
 * It saves work and nothing else depends on it: what is made under it is made complete elsewhere and renamed.
 */
export async function withLock<T>(file: string, work: () => Promise<T>, options: LockOptions = {}): Promise<T> {
  const { onWait, within = 900_000 } = options
  const end = performance.now() + within
  let waits = false
  while (!(await take(file))) {
    const holder = read(file)
    if (holder && !waits) onWait?.(holder.pid)
    waits ||= holder !== undefined
    if (performance.now() > end)
      throw new Error(`${file} is held by process ${holder?.pid}: gave up after ${within} ms.`)
    await sleep(100)
  }
  try {
    return await work()
  } finally {
    rmSync(file, { force: true })
  }
}

async function take(file: string): Promise<boolean> {
  const mine = JSON.stringify(identityOf(process.pid))
  try {
    writeFileSync(file, mine, { flag: 'wx' })
    return true
  } catch {
    return takeOver(file, mine)
  }
}

/** Of several that find the same dead holder, the one that renamed last has it; the others see that. */
async function takeOver(file: string, mine: string): Promise<boolean> {
  const holder = read(file)
  if (holder ? isRunning(holder) : !isAbandoned(file)) return false
  const written = `${file}.${process.pid}`
  writeFileSync(written, mine)
  renameSync(written, file)
  await sleep(50)
  return JSON.stringify(read(file)) === mine
}

/** A holder writes its name at once: a lock without one was left by a process that died in between. */
function isAbandoned(file: string): boolean {
  const seen = statSync(file, { throwIfNoEntry: false })
  return seen !== undefined && Date.now() - seen.mtimeMs > 2000
}

function read(file: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}
