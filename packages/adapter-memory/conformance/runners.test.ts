import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

// Vitest itself runs the suite in the files beside this one.
const run = promisify(execFile)
const env = { ...process.env, NODE_OPTIONS: '--conditions=source' }
const file = (name: string): string => fileURLToPath(new URL(`./runners/${name}`, import.meta.url))

test('the suite runs under node:test', async () => {
  const { stdout } = await run(process.execPath, ['--test', '--test-reporter=tap', file('node.ts')], { env })
  expect(stdout).toMatch(/^# pass [1-9]\d*$/m)
  expect(stdout).toMatch(/^# fail 0$/m)
}, 60_000)

test('the suite runs under Mocha', async () => {
  const mocha = createRequire(import.meta.url).resolve('mocha/bin/mocha.js')
  const { stdout } = await run(process.execPath, [mocha, '--reporter=tap', file('mocha.ts')], { env })
  expect(stdout).toMatch(/^# pass [1-9]\d*$/m)
  expect(stdout).toMatch(/^# fail 0$/m)
}, 60_000)
