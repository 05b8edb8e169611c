import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createRun, removeFolder, type Run } from './run.ts'
import { type Command, createServer } from './server.ts'
import { taggedProcesses } from './tagged.ts'

let run: Run

beforeEach(() => {
  run = createRun('test')
})
afterEach(() => removeFolder(run.folder))

function shell(script: string, ask: Command['ask'] = () => Promise.resolve('1.0')): Command {
  return { file: 'sh', args: ['-c', script], stopSignal: 'SIGTERM', ask }
}

describe.runIf(process.platform === 'linux')('the process of a broker', () => {
  it('is ready when it answers, and is started again after it was killed', async () => {
    const server = createServer(run, shell('exec sleep 60'))
    expect(await server.start()).toBe('1.0')
    const first = server.pid
    expect(taggedProcesses(run.id)).toEqual([first])
    await expect(server.start()).rejects.toThrow(`The broker runs already, as process ${first}.`)
    expect(await server.end('SIGKILL')).toBe(first)
    expect(taggedProcesses(run.id)).toEqual([])
    await expect(server.pause()).rejects.toThrow('The broker does not run: start it first.')
    await server.start()
    expect(server.pid).not.toBe(first)
    await server.end('SIGTERM')
  })

  it('takes along what it started, also what left its session', async () => {
    const server = createServer(run, shell('setsid sleep 60 & exec sleep 60'))
    await server.start()
    await expect.poll(() => taggedProcesses(run.id)).toHaveLength(2)
    await server.end('SIGKILL')
    expect(taggedProcesses(run.id)).toEqual([])
  })

  it('stops and goes on, and ends while it is stopped', async () => {
    const server = createServer(run, shell('exec sleep 60'))
    await server.start()
    const state = () => /^State:\s+(\w)/m.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))?.[1]
    await server.pause()
    expect(state()).toBe('T')
    await server.resume()
    expect(state()).not.toBe('T')
    await server.pause()
    await server.end('SIGTERM')
  })

  it('is not started again once it is closed', async () => {
    const server = createServer(run, shell('exec sleep 60'))
    await server.start()
    await server.close()
    expect(taggedProcesses(run.id)).toEqual([])
    await expect(server.start()).rejects.toThrow('The broker was stopped for good')
  })

  it('tells the end of its log when it died at its start', async () => {
    const server = createServer(
      run,
      shell('echo no such setting; exit 3', () => Promise.reject(new Error('ECONNREFUSED'))),
    )
    await expect(server.start()).rejects.toThrow(
      /ended at its start \(3\)\.\nThe last attempt to reach it: ECONNREFUSED\nThe end of its log:\nno such setting/,
    )
  })

  it('writes one log for all its starts', async () => {
    writeFileSync(join(run.folder, 'said'), 'ready\n')
    const server = createServer(run, shell('cat said; exec sleep 60'))
    for (let start = 0; start < 2; start += 1) {
      await server.start()
      await expect.poll(() => readFileSync(run.logFile, 'utf8')).toBe('ready\n'.repeat(start + 1))
      await server.end('SIGKILL')
    }
  })
})
