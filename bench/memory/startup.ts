import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { median } from '../measure/statistics.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const PROGRAM = fileURLToPath(new URL('startup-program.mjs', import.meta.url))
const RUNS = 11

/** Milliseconds for `import` plus `connect('memory:')`, the median of several processes. */
export function startupTime(): number {
  execFileSync(process.execPath, ['scripts/build.ts'], { cwd: ROOT, stdio: 'inherit' })
  return median(Array.from({ length: RUNS }, () => Number(execFileSync(process.execPath, [PROGRAM]).toString())))
}
