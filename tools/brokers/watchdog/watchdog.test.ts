import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { identityOf, isRunning } from '../process/pid.ts'
import { until } from '../process/until.ts'

const program = fileURLToPath(new URL('./programs/owner.ts', import.meta.url))

describe.runIf(process.platform === 'linux')('a watchdog', () => {
  it('ends the processes of a run and deletes its folder when the owner is killed', async () => {
    const owner = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'inherit'] })
    const [said]: Buffer[] = await once(owner.stdout, 'data')
    const { folder, sleeper } = JSON.parse(String(said))
    const sleeping = identityOf(sleeper)
    expect(isRunning(sleeping)).toBe(true)
    owner.kill('SIGKILL')
    await until(() => !isRunning(sleeping) && !existsSync(folder), { within: 10_000, what: 'nothing is left' })
  })
})
