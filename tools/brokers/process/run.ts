import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Whatever one broker leaves on the machine while it runs: a folder, and processes that carry the id. */
export interface Run {
  readonly id: string
  /** Holds the data, the log and the settings; goes with the run. */
  readonly folder: string
  readonly logFile: string
}

export function createRun(name: string): Run {
  const id = `${name}-${randomBytes(6).toString('hex')}`
  const folder = mkdtempSync(join(tmpdir(), `anymq-${name}-`))
  mkdirSync(join(folder, 'tmp'))
  return { id, folder, logFile: join(folder, 'broker.log') }
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
}
