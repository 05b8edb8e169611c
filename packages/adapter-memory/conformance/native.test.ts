import { conformance } from '@anymq/conformance'
import { test } from 'vitest'
import { memoryHarness } from './harness.ts'

conformance({ test, harness: memoryHarness() })
