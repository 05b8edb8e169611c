import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { memoryHarness } from '../../test/memory.ts'
import type { Verdict } from '../run/verdict.ts'
import { reportOf } from './report.ts'
import { writeReport } from './write.ts'

const AT = new Date('2026-02-03T04:05:06.789Z')

function verdict(id: string, own: Partial<Verdict> = {}): Verdict {
  const title = `when ${id} is run, it passes`
  return { id, title, area: 'send', profile: 'full', outcome: 'pass', level: 'native', took: 12, seed: 7, ...own }
}

describe('a report', () => {
  test('says what was proven, on what, with what and when', () => {
    const harness = memoryHarness()
    expect(reportOf(harness, [verdict('send-01')], AT)).toEqual({
      format: 1,
      harness: 'memory',
      adapter: harness.adapter,
      broker: { name: 'memory', version: '1', kind: 'in-process' },
      node: process.versions.node,
      at: '2026-02-03T04:05:06.789Z',
      verdicts: [verdict('send-01')],
    })
  })

  test('has its verdicts by id, and leaves those it was given as they are', () => {
    const given = ['send-10', 'dead-01', 'send-02', 'close-16'].map((id) => verdict(id))
    const { verdicts } = reportOf(memoryHarness(), given, AT)
    expect(verdicts.map(({ id }) => id)).toEqual(['close-16', 'dead-01', 'send-02', 'send-10'])
    expect(given.map(({ id }) => id)).toEqual(['send-10', 'dead-01', 'send-02', 'close-16'])
  })
})

describe('the file', () => {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'anymq-report-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  test('is written with the folders that it is in', () => {
    const report = reportOf(memoryHarness(), [verdict('send-01', { outcome: 'fail', trouble: 'late' })], AT)
    const file = join(folder, 'a', 'b', 'report.json')
    writeReport(file, report)
    const text = readFileSync(file, 'utf8')
    expect(JSON.parse(text)).toEqual(report)
    expect(text.endsWith('}\n')).toBe(true)
  })

  test('is written over: a report is of one run', () => {
    const file = join(folder, 'report.json')
    writeReport(file, reportOf(memoryHarness(), [verdict('send-01'), verdict('send-02')], AT))
    writeReport(file, reportOf(memoryHarness(), [verdict('send-03')], AT))
    const { verdicts } = JSON.parse(readFileSync(file, 'utf8')) as { readonly verdicts: readonly Verdict[] }
    expect(verdicts).toEqual([verdict('send-03')])
    expect(readdirSync(folder)).toEqual(['report.json'])
  })
})
