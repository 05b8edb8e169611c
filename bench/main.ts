import { memoryBench } from './memory/memory-bench.ts'

const BENCHES: Readonly<Record<string, (args: readonly string[]) => Promise<boolean>>> = { memory: memoryBench }

const [name = '', ...args] = process.argv.slice(2)
const bench = Object.hasOwn(BENCHES, name) ? BENCHES[name] : undefined
if (bench === undefined) {
  console.error(
    `npm run bench -- NAME [--quick]; NAME is one of ${Object.keys(BENCHES).join(', ')} (found ${JSON.stringify(name)})`,
  )
  process.exitCode = 1
} else if (!(await bench(args))) process.exitCode = 1
