import { writeFileSync } from 'node:fs'
import type { Reporter, SerializedError, TestModule } from 'vitest/node'

/** Where the counts go; set by the program that starts the test run. */
export const countsVariable = 'TEST_COUNTS_FILE'

/** Leaves the numbers of a test run in a file, for the closing line. */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const file = process.env[countsVariable]
    if (!file) return
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    const passed = tests.filter((test) => test.result().state === 'passed').length
    const failed = tests.filter((test) => test.result().state === 'failed').length
    // A file that does not load and a rejection that nobody handles fail the run without failing a test.
    const outside = unhandled.length + modules.filter((module) => module.errors().length > 0).length
    writeFileSync(file, JSON.stringify({ passed, failed: failed + outside }))
  }
}
