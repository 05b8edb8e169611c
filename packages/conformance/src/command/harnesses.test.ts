import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Folder } from '../../test/written-harness.ts'
import type { Report } from '../report/report.ts'
import { command } from './command.ts'

let folder: Folder
beforeAll(() => {
  folder = new Folder()
})
afterAll(() => folder.remove())

async function run(...given: readonly string[]): Promise<{ readonly code: number; readonly text: string }> {
  const lines: string[] = []
  const code = await command(given, (line) => lines.push(line))
  return { code, text: lines.join('\n') }
}

function read(file: string): Report {
  return JSON.parse(readFileSync(file, 'utf8')) as Report
}

describe('a harness that is none: told by name, and 2', () => {
  test('there is no such file', async () => {
    const file = join(folder.path, 'nowhere.mjs')
    const { code, text } = await run('--harness', file)
    expect(code).toBe(2)
    expect(text).toContain(`${file} cannot be loaded: `)
  })

  test.for<[string, string, string]>([
    ['it throws', `throw new Error('no URL was given')`, 'cannot be loaded: Error: no URL was given'],
    ['it is no code', 'export const harness = {', 'cannot be loaded: '],
    ['it exports something else', 'export const harnes = {}', 'exports no `harness`'],
    ['it exports nothing', '', 'exports no `harness`'],
    ['its default is one', 'export default { harness: {} }', 'exports no `harness`'],
  ])('%s', async ([, source, message]) => {
    const file = folder.module(source)
    const { code, text } = await run('--harness', file, '--case', 'send-01')
    expect(code).toBe(2)
    expect(text).toContain(`${file} ${message}`)
  })

  test.for(['name', 'product', 'adapter', 'open'])('it has no `%s`', async (field) => {
    const file = folder.harness(`${field}: undefined,`)
    const { code, text } = await run('--harness', file, '--plan')
    expect(code).toBe(2)
    expect(text).toContain(`the harness of ${file} has no \`${field}\``)
  })

  test.for(['known', 'unproven'])('its list of what is %s names what is no case', async (list) => {
    const file = folder.harness(`${list}: { 'send-99': 'so' },`)
    for (const more of [[], ['--plan']]) {
      const { code, text } = await run('--harness', file, '--case', 'send-01', ...more)
      expect(code).toBe(2)
      expect(text).toContain(`${list}: there is no case send-99`)
    }
    expect((await folder.asked(file)).opened).toEqual([])
  })
})

describe('the end of a harness', () => {
  test('comes once, when all cases have run, and whatever they found', async () => {
    const file = folder.harness()
    const failing = folder.harness(`known: { 'send-01': 'so' },`)
    await run('--harness', file, '--case', 'send-01', '--case', 'send-02', '--parallel', '2')
    await run('--harness', failing, '--case', 'send-01')
    expect(await folder.asked(file)).toMatchObject({ opened: { length: 2 }, closed: 1 })
    expect(await folder.asked(failing)).toMatchObject({ opened: { length: 1 }, closed: 1 })
  })

  test('comes though the report could not be written', async () => {
    const file = folder.harness()
    // A file is in the way of the folder.
    const report = join(file, 'report.json')
    await expect(run('--harness', file, '--case', 'send-02', '--report', report)).rejects.toThrow(/EEXIST|ENOTDIR/)
    expect((await folder.asked(file)).closed).toBe(1)
  })

  test('is not needed', async () => {
    expect(await run('--harness', folder.harness('close: undefined,'), '--case', 'send-02')).toMatchObject({ code: 0 })
  })

  test('that fails is told, and fails the run', async () => {
    const file = folder.harness(`close: async () => { throw new Error('the container is still there') },`)
    const { code, text } = await run('--harness', file, '--case', 'send-02')
    expect(code).toBe(1)
    expect(text).toMatch(/^1 passed, 0 failed$/m)
    expect(text).toContain('`close` of the harness failed: the container is still there')
  })
})

describe('again and again', () => {
  test('everything runs three times, two at once', async () => {
    const file = folder.harness(`
      open: async (namespace) => {
        asked.opened.push(namespace)
        asked.now = (asked.now ?? 0) + 1
        asked.most = Math.max(asked.most ?? 0, asked.now)
        const site = await memory.open(namespace)
        return { ...site, close: async () => void asked.now-- }
      },`)
    const chosen = ['--case', 'send-01', '--case', 'send-02', '--case', 'dead-01']
    const { code, text } = await run('--harness', file, ...chosen, '--repeat', '3', '--parallel', '2')
    expect(code).toBe(0)
    expect(text.match(/^ok +(send-01|send-02|dead-01) /gm)).toHaveLength(9)
    for (const id of ['send-01', 'send-02', 'dead-01'])
      expect(text.match(new RegExp(`^ok +${id} `, 'gm'))).toHaveLength(3)
    expect(text).toMatch(/^9 passed, 0 failed$/m)
    const { opened, ...asked } = await folder.asked(file)
    expect([opened.length, new Set(opened).size]).toEqual([9, 9])
    expect(asked).toMatchObject({ now: 0, most: 2, closed: 1 })
  })

  test('the report has each case once, by its worst run, and the seed', async () => {
    // The third place that is made is none: of the three runs of send-01 the second fails.
    const file = folder.harness(`
      open: (namespace) => {
        if (asked.opened.push(namespace) === 3) throw new Error('the container did not start')
        return memory.open(namespace)
      },`)
    const report = join(folder.path, 'reports', 'report.json')
    const chosen = ['--case', 'send-01', '--case', 'send-02', '--repeat', '3', '--seed', '7', '--report', report]
    const { code, text } = await run('--harness', file, ...chosen)
    expect([code, text.split('\n').at(-1)]).toEqual([1, '5 passed, 1 failed'])
    const { verdicts, ...rest } = read(report)
    expect(rest).toMatchObject({ format: 1, harness: 'memory', node: process.versions.node })
    expect(verdicts).toMatchObject([
      { id: 'send-01', outcome: 'fail', trouble: 'harness', seed: 7 },
      { id: 'send-02', outcome: 'pass', seed: 7 },
    ])
  })

  test('without --seed each run has its own', async () => {
    const report = join(folder.path, 'seeds.json')
    await run('--harness', folder.harness(), '--case', 'send-01', '--case', 'send-02', '--report', report)
    const [first, second] = read(report).verdicts
    expect(first?.seed).not.toBe(second?.seed)
  })
})
