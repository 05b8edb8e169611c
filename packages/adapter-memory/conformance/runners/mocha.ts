import { conformance } from '@anymq/conformance'
import { memoryHarness } from '../harness.ts'

/** Mocha's own, which it puts into the global scope. */
declare function it(title: string, run: () => Promise<void>): { timeout(ms: number): unknown }

conformance({
  test: (title, run, timeout) => it(title, run).timeout(timeout),
  harness: memoryHarness(),
  select: { profiles: ['smoke'] },
})
