/** Writes the table of what is proven into its page; with --check it only compares. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../bootstrap/root.mjs'
import { COLUMNS, readReports } from './reports.ts'
import { tableOf } from './table.ts'

const PAGE = 'docs/conformance.md'
const BEGIN = '<!-- table: npm run conformance:table -->\n'
const END = '<!-- end of table -->\n'

const reports = readReports()
const missing = COLUMNS.filter((column) => !reports.has(column))
if (missing.length > 0) console.log(`no run of: ${missing.join(', ')} (npm test makes them; each needs its broker)`)

const page = readFileSync(join(root, PAGE), 'utf8')
const [before, rest] = page.split(BEGIN)
const after = rest?.split(END)[1]
if (before === undefined || after === undefined) throw new Error(`${PAGE} has no place for the table: ${BEGIN}${END}`)
const fresh = `${before}${BEGIN}\n${tableOf(reports)}\n${END}${after}`

if (!process.argv.includes('--check')) {
  writeFileSync(join(root, PAGE), fresh)
  console.log(`${PAGE} says what the runs found`)
} else if (fresh === page) console.log(`${PAGE} says what the runs found`)
else {
  console.log(`${PAGE} does not say what the runs found; npm run conformance:table writes it. It would change:`)
  console.log(difference(page, fresh).join('\n'))
  process.exitCode = 1
}

/** Lines of the new page that the old one lacks. */
function difference(old: string, now: string): readonly string[] {
  const known = new Set(old.split('\n'))
  return now
    .split('\n')
    .filter((line) => !known.has(line))
    .slice(0, 20)
}
