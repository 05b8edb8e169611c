import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../bootstrap/root.mjs'

/** As much of the suite's report as the table needs. */
export interface Report {
  readonly format: number
  readonly harness: string
  readonly broker: { readonly name: string; readonly version: string }
  readonly verdicts: readonly Verdict[]
}

export interface Verdict {
  readonly id: string
  readonly outcome: 'pass' | 'fail' | 'known' | 'unproven'
  readonly level: 'native' | 'emulated' | 'unsupported'
  readonly message?: string
}

const FOLDER = join(root, '.tmp/conformance')

/** The columns of the table, in order: a run that is not there proves nothing, and its column says so. */
export const COLUMNS = ['memory', 'memory-without-anything', 'rabbitmq', 'kafka', 'sqs'] as const
export type Column = (typeof COLUMNS)[number]

export function readReports(): ReadonlyMap<Column, Report> {
  const reports = new Map<Column, Report>()
  for (const column of COLUMNS) {
    const file = join(FOLDER, `${column}.json`)
    if (existsSync(file)) reports.set(column, readReport(file))
  }
  return reports
}

function readReport(file: string): Report {
  const report = JSON.parse(readFileSync(file, 'utf8')) as Report
  if (report.format !== 1) throw new Error(`${file} has format ${report.format}; this script reads 1`)
  return report
}
