import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { catalogue } from '../../src/cases/catalogue.ts'
import { saboteurs } from '../saboteurs/index.ts'
import { matrixOf } from './judged.ts'
import { printed } from './printed.ts'
import { isKill } from './run.ts'
import { runJobs } from './workers.ts'

const { values } = parseArgs({
  options: {
    harness: { type: 'string', default: 'packages/adapter-memory/conformance/harness.ts' },
    report: { type: 'string', default: '.tmp/conformance/kill-matrix.json' },
    case: { type: 'string', multiple: true, default: [] },
    saboteur: { type: 'string', multiple: true, default: [] },
    verbose: { type: 'boolean', default: false },
  },
})

const ids = catalogue.map(({ id }) => id).filter((id) => isChosen(id, values.case))
const names = saboteurs.map(({ name }) => name).filter((name) => isChosen(name, values.saboteur))
const jobs = ['', ...names].flatMap((saboteur) => ids.map((id) => ({ saboteur, id })))
const start = performance.now()
const kills = await runJobs(jobs, pathToFileURL(resolve(values.harness)).href, 2)
const matrix = matrixOf(kills)

if (values.verbose)
  for (const kill of kills)
    if (kill.outcome !== 'pass')
      console.log(`${kill.id} x ${kill.saboteur} (${kill.trouble}, ${kill.took} ms)\n${kill.message}\n`)
console.log(printed(matrix, kills).join('\n'))
console.log(
  `${kills.length} runs in ${((performance.now() - start) / 1000).toFixed(1)} s, ${kills.filter(isKill).length} kills`,
)
mkdirSync(dirname(values.report), { recursive: true })
writeFileSync(values.report, `${JSON.stringify(kills)}\n`)
const passed = matrix.cases.size + matrix.saboteurs.size
console.log(`${passed - Math.min(passed, matrix.holes.length)} passed, ${matrix.holes.length} failed`)
process.exitCode = matrix.holes.length === 0 ? 0 : 1

function isChosen(name: string, words: readonly string[]): boolean {
  return words.length === 0 || words.some((word) => name.startsWith(word))
}
