import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Report } from './report.ts'

/** Write the report of a run, and the folder it is in. */
export function writeReport(file: string, report: Report): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`)
}
