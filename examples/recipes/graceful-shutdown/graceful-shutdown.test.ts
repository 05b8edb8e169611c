import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { connect } from '@anymq/connect'
import { handle, queue, silentLogger } from '@anymq/core'
import { expect, onTestFinished, test } from 'vitest'

const PROGRAM = fileURLToPath(new URL('program.ts', import.meta.url))

/** Sends a signal when the first job has begun; resolves with the exit code and what was printed. */
async function stopped(signal: NodeJS.Signals, env: NodeJS.ProcessEnv): Promise<unknown[]> {
  const child = spawn(process.execPath, ['--conditions=source', PROGRAM], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, ...env },
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const lines: string[] = []
  createInterface(child.stdout).on('line', (line) => {
    lines.push(line)
    if (line === 'start a') child.kill(signal)
  })
  const [code] = (await once(child, 'close')) as [number | null]
  return [code, ...lines]
}

test.for(['SIGTERM', 'SIGINT'] as const)(
  '%s: the job in hand ends, the next one stays, and the process ends by itself',
  { timeout: 30_000 },
  async (signal) => {
    expect(await stopped(signal, { MS: '300' })).toEqual([0, 'start a', 'end a', 'left: 1'])
  },
)

test('a job that takes longer than the grace is told by its signal and given back', { timeout: 30_000 }, async () => {
  expect(await stopped('SIGTERM', { MS: '60000', GRACE: '200' })).toEqual([0, 'start a', 'left: 2'])
})

test('without signals the end of the broker object is the end of the run', async () => {
  const jobs = queue('jobs')
  const broker = await connect('memory:', { definitions: [jobs], logger: silentLogger })
  const run = broker.run([handle(jobs, () => undefined)], { signals: false })
  await broker.close()
  await expect(run).resolves.toBeUndefined()
})
