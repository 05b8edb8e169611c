import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { removeFolder } from '../process/run.ts'
import { until } from '../process/until.ts'

describe('after kill -9 of whoever started brokers', () => {
  it('no process, port, mount or file of them is left', async () => {
    const temporary = mkdtempSync(join(tmpdir(), 'anymq-left-'))
    const owner = spawn(process.execPath, [join(import.meta.dirname, 'owner.ts')], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, TMPDIR: temporary },
    })
    const [said]: Buffer[] = await once(owner.stdout, 'data')
    const { ports }: { ports: number[] } = JSON.parse(String(said))
    // Two of Java; the node, its helpers and its name server; the proxy; three watchdogs.
    expect(processesOf(temporary).length).toBeGreaterThanOrEqual(8)
    const killed = performance.now()
    owner.kill('SIGKILL')
    await once(owner, 'exit')
    const nothing = () => processesOf(temporary).length === 0 && readdirSync(temporary).length === 0
    await until(nothing, { within: 10_000, what: 'nothing is left' })
    console.log(`nothing left after ${Math.round(performance.now() - killed)} ms`)
    for (const port of ports) await expect(connecting(port)).rejects.toThrow('ECONNREFUSED')
    expect(readFileSync('/proc/self/mounts', 'utf8')).not.toMatch(/anymq/)
    removeFolder(temporary)
  })
})

const connecting = (port: number) => once(createConnection(port, '127.0.0.1'), 'connect')

/** The running processes that know the folder, by their environment or their words. */
function processesOf(folder: string): readonly string[] {
  return readdirSync('/proc').filter(
    (pid) => /^\d+$/.test(pid) && ['environ', 'cmdline'].some((file) => readProc(pid, file).includes(folder)),
  )
}

function readProc(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1')
  } catch {
    return ''
  }
}
