import { existsSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { removeFolder } from '../process/run.ts'
import { installOnce } from './install-once.ts'

let cache: string
let target: string
const quiet = () => {}

beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'anymq-cache-'))
  target = join(cache, 'kafka')
})
afterEach(() => removeFolder(cache))

describe('an install', () => {
  it('happens once, and what is half made is not there yet', async () => {
    let builds = 0
    const build = async (folder: string) => {
      builds += 1
      expect(existsSync(target)).toBe(false)
      writeFileSync(join(folder, 'jar'), '')
      return Promise.resolve()
    }
    await Promise.all([installOnce(target, build, quiet), installOnce(target, build, quiet)])
    await installOnce(target, build, quiet)
    expect(builds).toBe(1)
    expect(readdirSync(cache)).toEqual(['kafka'])
    expect(readdirSync(target)).toEqual(['jar'])
  })

  it('leaves nothing when it fails, and removes what another one left', async () => {
    mkdirSync(`${target}.making-1`)
    await expect(installOnce(target, () => Promise.reject(new Error('no network')), quiet)).rejects.toThrow(
      'no network',
    )
    expect(readdirSync(cache)).toEqual([])
  })
})
