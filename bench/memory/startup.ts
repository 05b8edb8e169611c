import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { median } from '../measure/statistics.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const RUNS = 7

/** In a process of its own, from the built packages: what an application pays before its first message. */
const PROGRAM = `
const start = performance.now()
const { connect } = await import('@anymq/connect')
const { queue } = await import('@anymq/core')
const broker = await connect('memory:', { definitions: [queue('orders')] })
console.log(performance.now() - start)
await broker.close()`

/** Milliseconds for `import` plus `connect('memory:')`, the median of several processes. */
export function startupTime(): number {
  execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-b', 'tsconfig.build.json'], {
    cwd: ROOT,
    stdio: 'inherit',
  })
  const times = Array.from({ length: RUNS }, () =>
    Number(
      execFileSync(process.execPath, ['--input-type=module', '-e', PROGRAM], {
        cwd: fileURLToPath(new URL('..', import.meta.url)),
      }).toString(),
    ),
  )
  return median(times)
}
