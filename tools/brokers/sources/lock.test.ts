import { existsSync, mkdtempSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { identityOf } from '../process/pid.ts'
import { removeFolder } from '../process/run.ts'
import { withLock } from './lock.ts'

let folder: string
let file: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'anymq-lock-'))
  file = join(folder, 'a.lock')
})
afterEach(() => removeFolder(folder))

describe('a lock file', () => {
  it('lets one work at a time, and is gone after the last', async () => {
    const log: string[] = []
    const work = (name: string) => async () => {
      log.push(`${name} begins`)
      await sleep(5)
      log.push(`${name} ends`)
    }
    await Promise.all([withLock(file, work('a')), withLock(file, work('b'))])
    expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends'])
    expect(existsSync(file)).toBe(false)
  })

  it('is let go when the work fails', async () => {
    await expect(withLock(file, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(existsSync(file)).toBe(false)
  })

  it('is taken over from a process that is gone, also when its number was given again', async () => {
    writeFileSync(file, JSON.stringify({ pid: process.pid, started: 'at another time' }))
    expect(await withLock(file, () => Promise.resolve('done'))).toBe('done')
  })

  it('is taken over when its holder died before it wrote its name', async () => {
    writeFileSync(file, '')
    utimesSync(file, 1, 1)
    expect(await withLock(file, () => Promise.resolve('done'))).toBe('done')
  })

  it('says whom it waits for, and gives up at its limit', async () => {
    writeFileSync(file, JSON.stringify(identityOf(process.pid)))
    const waited: number[] = []
    const work = withLock(file, () => Promise.resolve(), { within: 50, onWait: (pid) => void waited.push(pid) })
    await expect(work).rejects.toThrow(`is held by process ${process.pid}: gave up after 50 ms.`)
    expect(waited).toEqual([process.pid])
  })
})
