import { codeLines } from './source-text.ts'

/** Tests run hours of retries in milliseconds: that works only while every clock, timer, id and random number is handed in. */
const governed = /^packages\/(core|adapter-memory)\/src\/.*\.ts$/
const tests = /\.(test|test-d)\.ts$/
/** Where the machine's own time and chance enter, and where a test waits for real turns of the event loop. */
const providers =
  /^packages\/core\/src\/(mechanism\/(clock|ids|random)|testing\/test-clock)\.ts$|^packages\/adapter-memory\/src\/testing\/patience\.ts$/
const ambient =
  /\bset(?:Timeout|Interval|Immediate)\b|\bDate\.now\b|\bnew Date\(\)|\bperformance\.now\b|\bhrtime\b|\bMath\.random\b|\brandom(?:UUID|Bytes|Int)\b|\bgetRandomValues\b|node:timers/

/** @param files paths from the root */
export function checkInjectedOnly(files: readonly string[]): readonly string[] {
  const sources = files.filter((file) => governed.test(file) && !tests.test(file) && !providers.test(file))
  return sources.flatMap((file) =>
    codeLines(file).flatMap((line, index) => {
      const found = ambient.exec(line)
      return found ? [`${file}:${index + 1}: ${found[0]} is not injected; take it from the runtime.`] : []
    }),
  )
}
