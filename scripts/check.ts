import { checkSteps } from './checks/steps.ts'
import { closeWith, runSteps } from './steps/run-steps.ts'
import type { Step } from './steps/step.ts'

const args = process.argv.slice(2)
const updateApi = args.includes('--update-api')
const wanted = args.filter((arg) => !arg.startsWith('--'))

closeWith(await runSteps(chosen(checkSteps({ updateApi }))))

/** The steps whose names contain one of the words, and those they need; all without words. */
function chosen(steps: readonly Step[]): readonly Step[] {
  if (wanted.length === 0) return steps
  const names = new Set<string>()
  const include = (step: Step | undefined): void => {
    if (!step || names.has(step.name)) return
    names.add(step.name)
    for (const needed of step.after ?? []) include(steps.find(({ name }) => name === needed))
  }
  steps.filter(({ name }) => wanted.some((word) => name.includes(word))).forEach(include)
  if (names.size === 0) console.log(`No check is called that. There are: ${steps.map(({ name }) => name).join(', ')}.`)
  return steps.filter(({ name }) => names.has(name))
}
