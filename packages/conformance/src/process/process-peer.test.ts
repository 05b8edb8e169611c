import type { Definition, Queue } from '@anymq/core'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { MEMORY_HARNESS, memoryHarness } from '../../test/memory.ts'
import { catalogue } from '../cases/catalogue.ts'
import type { ProcessEntry } from '../harness.ts'
import { History } from '../history/history.ts'
import { runCase } from '../run/run-case.ts'
import type { Item } from '../world/peer.ts'
import { ProcessPeer } from './process-peer.ts'

/** A second process looks its definitions up by the id of the case: it must be one that there is. */
const CASE = catalogue.find(({ id }) => id === 'settle-01')!
const orders = CASE.uses[0] as Queue<Item>
/** The memory broker, one for each process. */
const GOOD = `
  import { memoryHarness } from '${MEMORY_HARNESS}'
  const site = memoryHarness({ time: 'real' }).open('unused')
  export const adapter = () => site.adapter()`

let folder = ''
/** Where a process writes its history. */
let histories = ''
let children = 0
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'anymq-process-'))
  histories = join(folder, 'histories')
  mkdirSync(histories)
  vi.stubEnv('TMPDIR', histories)
  children = running()
})
afterAll(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

/** Whatever went wrong: no process is left, and nothing that it wrote. */
afterEach(async () => {
  // The handle of a process that has ended goes in one of the next turns.
  await vi.waitUntil(() => running() === children)
  expect(readdirSync(histories)).toEqual([])
})

function running(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'ProcessWrap').length
}

let modules = 0
function entry(source: string): ProcessEntry {
  const file = join(folder, `adapter-${++modules}.mjs`)
  writeFileSync(file, source)
  return { module: pathToFileURL(file).href, config: {}, execArgv: ['--conditions=source'] }
}

function started(own: ProcessEntry): { readonly peer: ProcessPeer; readonly history: History } {
  const history = new History(() => performance.timeOrigin + performance.now())
  const uses: readonly Definition[] = CASE.uses
  const origin = { entry: own, id: CASE.id, uses, namespace: 'cf-test', name: 'b', seed: 7, count: 2, history }
  return { peer: new ProcessPeer(origin), history }
}

describe('a module that is none', () => {
  const nowhere: ProcessEntry = {
    module: 'file:///nowhere/adapter.mjs',
    config: {},
    execArgv: ['--conditions=source'],
  }

  test('there is no such file', async () => {
    const { peer } = started(nowhere)
    await expect(peer.begin()).rejects.toThrow(/^process b: .*Cannot find module '.*nowhere.adapter\.mjs'/s)
    await peer.end()
  })

  test('it exports no adapter', async () => {
    const own = entry('export const adaptor = () => undefined')
    const { peer } = started(own)
    await expect(peer.begin()).rejects.toThrow(`${own.module} exports no \`adapter\`: a function that returns one`)
    await peer.end()
  })

  test('it ends its process', async () => {
    const { peer } = started(entry('export const adapter = () => process.exit(3)'))
    await expect(peer.begin()).rejects.toThrow('process b: the process ended with 3')
    await expect(peer.subscribe(orders)).rejects.toThrow('process b is no more')
    await peer.close()
  })

  test('in a case it is the verdict, and the case leaves no process', async () => {
    const harness = memoryHarness({ time: 'real' })
    const verdict = await runCase(
      { ...CASE, run: async (world) => void (await world.peer()) },
      {
        ...harness,
        quiet: 10,
        open: async (namespace) => ({ ...(await harness.open(namespace)), process: nowhere }),
      },
    )
    expect(verdict.outcome).toBe('fail')
    expect(verdict.message).toMatch(/^Error: process a: .*Cannot find module/s)
  })
})

describe('a process', () => {
  test('does what it is told, numbers what it does, and everything that it saw is known', async () => {
    const { peer, history } = started(entry(GOOD))
    await peer.begin()
    const [id] = await peer.send(orders, [{ n: 1 }])
    expect(await peer.hold(orders, { max: 5, wait: 5000 })).toEqual([id])
    expect(await peer.ackHeld()).toEqual([undefined])
    await peer.close()
    const facts = history.facts.map(({ fact, process: name }) => `${name} ${fact}`)
    expect(facts).toEqual(expect.arrayContaining(['b send', 'b confirmed', 'b start', 'b life']))
    expect(history.facts.find(({ fact }) => fact === 'send')).toMatchObject({ send: 2_000_001 })
    expect(history.facts.map(({ at }) => at)).toEqual(history.facts.map(({ at }) => at).sort((a, b) => a - b))
  })

  test('is killed: what it did is known, and nothing more can be asked', async () => {
    const { peer, history } = started(entry(GOOD))
    await peer.begin()
    await peer.send(orders, [{ n: 1 }])
    const waiting = peer.hold(orders, { max: 5, wait: 60_000 }).then(() => peer.hold(orders, { max: 5, wait: 60_000 }))
    const outcome = expect(waiting).rejects.toThrow('process b: the process ended with SIGKILL')
    await vi.waitUntil(() => history.facts.some(({ fact }) => fact === 'start'))
    await peer.kill()
    await outcome
    expect(history.facts.at(-1)).toMatchObject({ fact: 'life', what: 'killed', process: 'b' })
    expect(history.facts.some(({ fact }) => fact === 'confirmed')).toBe(true)
    await expect(peer.send(orders, [{ n: 2 }])).rejects.toThrow('process b is no more')
    await peer.close()
  })

  test('ends by itself when it leaves', async () => {
    const { peer } = started(entry(GOOD))
    await peer.begin()
    await peer.leave()
  })

  test('that something keeps alive is ended, and that is told', async () => {
    const { peer } = started(entry(`${GOOD}\nsetInterval(() => undefined, 1000)`))
    await peer.begin()
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const leaving = expect(peer.leave()).rejects.toThrow(
        'process b did not end by itself within 5000 ms of its close (SIGKILL)',
      )
      while (vi.getTimerCount() === 0) await new Promise((resolve) => setImmediate(resolve))
      await vi.advanceTimersByTimeAsync(5000)
      await leaving
    } finally {
      vi.useRealTimers()
    }
  })
})
