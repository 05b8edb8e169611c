import { catalogue } from '../../src/cases/catalogue.ts'
import type { Harness } from '../../src/harness.ts'
import { runCase } from '../../src/run/run-case.ts'
import { sabotaged, saboteurs } from '../saboteurs/index.ts'
import type { Job, Kill } from './run.ts'

const [module = ''] = process.argv.slice(2)
const { harness } = (await import(module)) as { readonly harness: Harness }

// What a sabotaged case has left running must not end this process.
process.on('unhandledRejection', () => undefined)
process.on('message', (job: Job) => void answer(job))
process.send!('ready')

async function answer(job: Job): Promise<void> {
  const one = catalogue.find(({ id }) => id === job.id)!
  const saboteur = saboteurs.find(({ name }) => name === job.saboteur)
  const {
    outcome,
    trouble,
    message = '',
    took,
  } = await runCase(one, saboteur === undefined ? harness : sabotaged(harness, saboteur), { seed: 1 })
  const kill: Kill = { ...job, outcome, trouble, message, took }
  process.send!(kill)
}
