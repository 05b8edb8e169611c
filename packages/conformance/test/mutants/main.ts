import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import { mutants, type Mutant } from './mutants.ts'

/** How many must be caught: the suite is good, and no suite is perfect. */
const ENOUGH = 18
const LIMIT = 60_000
const PROGRAM = fileURLToPath(new URL('./program.ts', import.meta.url))

const { values } = parseArgs({
  options: {
    harness: { type: 'string', default: 'packages/adapter-memory/conformance/harness.ts' },
    masked: { type: 'string', default: 'packages/adapter-memory/conformance/every-mask.ts' },
    mutant: { type: 'string', multiple: true, default: [] },
  },
})

/** Cases that name the mistake; on the broker as it is or, where the mistake is in an emulation, on one that lacks everything. */
async function killersOf({ name }: Mutant): Promise<readonly string[]> {
  for (const harness of [values.harness, values.masked]) {
    const killers = await run(name, harness)
    if (killers.length > 0) return killers
  }
  return []
}

/** A mutant that hangs names nothing. */
async function run(name: string, harness: string): Promise<readonly string[]> {
  const ended = await promisify(execFile)(process.execPath, ['--conditions=source', PROGRAM, name, harness], {
    timeout: LIMIT,
    killSignal: 'SIGKILL',
    maxBuffer: 2 ** 24,
  }).catch((error: { readonly killed?: boolean }) => {
    if (error.killed !== true) throw error
  })
  if (ended === undefined) return []
  const { stdout } = ended
  const { isMutated, killers } = JSON.parse(stdout.trim().split('\n').at(-1)!) as {
    readonly isMutated: boolean
    readonly killers: readonly string[]
  }
  if (!isMutated) throw new Error(`${name}: its file was never loaded`)
  return killers
}

const chosen = mutants.filter(
  ({ name }) => values.mutant.length === 0 || values.mutant.some((word) => name.includes(word)),
)
const left = [...chosen]
let caught = 0
const work = async (): Promise<void> => {
  for (let mutant = left.shift(); mutant !== undefined; mutant = left.shift()) {
    const killers = await killersOf(mutant)
    if (killers.length > 0) caught++
    const by =
      killers.length > 6 ? `${killers.slice(0, 6).join(' ')} and ${killers.length - 6} more` : killers.join(' ')
    console.log(`${killers.length > 0 ? 'caught ' : 'MISSED '} ${mutant.name.padEnd(52)} ${by}`)
  }
}
await Promise.all([work(), work()])
console.log(`${caught} of ${chosen.length} mutants caught; ${ENOUGH} are asked for`)
const isEnough = caught >= Math.min(ENOUGH, chosen.length)
console.log(`${caught} passed, ${isEnough ? 0 : chosen.length - caught} failed`)
process.exitCode = isEnough ? 0 : 1
