import { conformance } from '@anymq/conformance'
import { test } from 'node:test'
import { memoryHarness } from '../harness.ts'

conformance({
  test: (title, run, timeout) => test(title, { timeout }, run),
  harness: memoryHarness(),
  select: { profiles: ['smoke'] },
})
