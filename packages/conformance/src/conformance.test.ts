import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { memoryHarness } from '../test/memory.ts'
import { catalogue } from './cases/catalogue.ts'
import { conformance, type ConformanceOptions } from './conformance.ts'
import type { Harness } from './harness.ts'
import type { Report } from './report/report.ts'
import { longestRun } from './run/run-case.ts'

interface Registered {
  readonly title: string
  readonly run: () => Promise<void>
  readonly timeout: number
}

/** What a runner is given. */
function registered(options: Partial<ConformanceOptions> = {}): readonly Registered[] {
  const tests: Registered[] = []
  conformance({
    test: (title, run, timeout) => tests.push({ title, run, timeout }),
    harness: memoryHarness(),
    ...options,
  })
  return tests
}

const broken: Harness = {
  ...memoryHarness(),
  open: () => {
    throw new Error('the container did not start')
  },
}

describe('what a runner is given', () => {
  test('one test for each case, named by its id, its broker and what it says', () => {
    const { length } = catalogue.filter(({ profile = 'full' }) => profile === 'smoke' || profile === 'full')
    const tests = registered()
    expect(tests).toHaveLength(length)
    const { id, title } = catalogue[0]!
    expect(tests[0]?.title).toBe(`${id} on memory: ${title}`)
  })

  test('only what was selected', () => {
    const tests = registered({ select: { cases: ['dead-01', 'send-02'] } })
    expect(tests.map(({ title }) => title.slice(0, 7))).toEqual(['send-02', 'dead-01'])
  })

  test('a limit that is longer than the case can take', () => {
    for (const [index, { timeout }] of registered().entries())
      expect(timeout).toBeGreaterThanOrEqual(longestRun(catalogue[index]!, memoryHarness()))
  })

  test('nothing, where the selection or a list of the harness names no case', () => {
    expect(() => registered({ select: { cases: ['send-99'] } })).toThrow('the selection: there is no case send-99')
    for (const list of ['known', 'unproven'])
      expect(() => registered({ harness: { ...memoryHarness(), [list]: { 'send-99': 'so' } } })).toThrow(
        `${list}: there is no case send-99`,
      )
  })
})

describe('what becomes of a test', () => {
  const select = { cases: ['send-02'] }

  test('it passes where the case does, or where the harness has listed it', async () => {
    const listed = { 'send-02': 'nobody can see it' }
    for (const harness of [memoryHarness(), { ...broken, unproven: listed }])
      await expect(registered({ harness, select })[0]!.run()).resolves.toBeUndefined()
  })

  test('it fails with what the case found, and shows no stack of the suite', async () => {
    const [one] = registered({ harness: broken, select })
    const error: unknown = await one!.run().catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(Error)
    const { name, message, stack } = error as Error
    expect(name).toBe('ConformanceFailure')
    expect(message).toMatch(/^send-02 when .*\nError: the container did not start\n\(after \d+ ms\)$/)
    expect(stack).toBe(`${name}: ${message}`)
  })
})

describe('the report', () => {
  let folder = ''
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'anymq-conformance-'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  test('is written when the last case has ended, whatever became of it', async () => {
    const report = join(folder, 'report.json')
    const harness: Harness = { ...broken, unproven: { 'send-02': 'nobody can see it' } }
    const [first, second] = registered({ harness, select: { cases: ['send-01', 'send-02'] }, report })
    await second!.run()
    expect(existsSync(report)).toBe(false)
    await expect(first!.run()).rejects.toThrow('the container did not start')
    const { verdicts } = JSON.parse(readFileSync(report, 'utf8')) as Report
    expect(verdicts).toMatchObject([
      { id: 'send-01', outcome: 'fail', trouble: 'harness' },
      { id: 'send-02', outcome: 'unproven' },
    ])
  })
})
