import type { Outcome } from './program.ts'
import type { Step } from './step.ts'

export interface Tally {
  readonly passed: number
  readonly failed: number
}

/** Run every step, `width` at a time, printing a line for each and the output of those that fail. */
export async function runSteps(steps: readonly Step[], width = 2): Promise<Tally> {
  const results = new Map<string, Promise<boolean>>()
  const slot = semaphore(width)
  for (const step of steps) results.set(step.name, runWhenReady(step, results, slot))
  const outcomes = await Promise.all(results.values())
  const good = outcomes.filter(Boolean).length
  return { passed: good, failed: outcomes.length - good }
}

/** The closing line; automation reads it. Sets the exit code. */
export function closeWith({ passed, failed }: Tally): void {
  console.log(`\n${passed} passed, ${failed} failed`)
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0
}

async function runWhenReady(
  step: Step,
  results: ReadonlyMap<string, Promise<boolean>>,
  slot: Semaphore,
): Promise<boolean> {
  const needed = step.after ?? []
  const ready = await Promise.all(needed.map((name) => results.get(name) ?? Promise.resolve(false)))
  const missing = needed.filter((_, index) => !ready[index])
  if (missing.length > 0) return report(step.name, 0, { ok: false, output: `not run: needs ${missing.join(', ')}` })
  return slot(async () => {
    const start = performance.now()
    const outcome = await attempt(step)
    return report(step.name, performance.now() - start, outcome)
  })
}

async function attempt(step: Step): Promise<Outcome> {
  try {
    return await step.run()
  } catch (error) {
    return { ok: false, output: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}

function report(name: string, milliseconds: number, { ok, output }: Outcome): boolean {
  const time = `${(milliseconds / 1000).toFixed(1)} s`.padStart(7)
  console.log(`${ok ? 'pass' : 'FAIL'} ${time}  ${name}`)
  if (!ok) console.log(indent(output.trimEnd() || 'failed without a word'))
  return ok
}

function indent(text: string): string {
  return text.replace(/^/gm, '    ')
}

type Semaphore = <T>(work: () => Promise<T>) => Promise<T>

function semaphore(width: number): Semaphore {
  const waiting: (() => void)[] = []
  let free = width
  return async (work) => {
    if (free > 0) free -= 1
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else free += 1
    }
  }
}
