import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const PROGRAM = fileURLToPath(new URL('main.ts', import.meta.url))
const README = fileURLToPath(new URL('../../README.md', import.meta.url))

test('the program in the README is this one, to the letter', () => {
  expect(readFileSync(README, 'utf8')).toContain(readFileSync(PROGRAM, 'utf8').trim())
})

test('it retries, dead-letters and redrives, and ends by itself', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=source', PROGRAM])
  expect(stdout.trim().split('\n')).toEqual([
    'charged o-1 on attempt 2',
    'dead: rejected, nothing to charge',
    'charged o-2 on attempt 2',
  ])
})
