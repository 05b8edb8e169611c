import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import process from 'node:process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'

const PROGRAM = fileURLToPath(new URL('run-program.ts', import.meta.url))

/** The program at work: its first message is being handled. */
async function started(ms: number): Promise<{ readonly child: ChildProcess; readonly ended: Promise<unknown[]> }> {
  const child = spawn(process.execPath, ['--conditions=source', PROGRAM, String(ms)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const lines: string[] = []
  const reader = createInterface(child.stdout)
  const ended = once(child, 'close').then(([code, signal]: unknown[]) => [code, signal, ...lines])
  await new Promise<void>((resolve) => {
    reader.on('line', (line) => {
      lines.push(line)
      if (line === 'start 1') resolve()
    })
  })
  return { child, ended }
}

test.for(['SIGTERM', 'SIGINT'] as const)(
  'consume.run, close.sequence, close.exits: %s lets what runs finish, starts nothing else, and the process ends by itself',
  { timeout: 20_000 },
  async (signal) => {
    const { child, ended } = await started(300)
    child.kill(signal)
    expect(await ended).toEqual([0, null, 'start 1', 'end 1', 'over, 1 left'])
  },
)

test('consume.run: a second signal of its kind ends the process at once', { timeout: 20_000 }, async () => {
  const { child, ended } = await started(60_000)
  child.kill('SIGTERM')
  // The first is heard in a turn of its own: two at once would be one.
  const again = setInterval(() => child.kill('SIGTERM'), 100)
  onTestFinished(() => clearInterval(again))
  expect(await ended).toEqual([null, 'SIGTERM', 'start 1'])
})
