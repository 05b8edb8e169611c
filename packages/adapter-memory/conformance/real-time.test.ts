import { conformance } from '@anymq/conformance'
import { test } from 'vitest'
import { memoryHarness } from './harness.ts'

// Virtual time shows what is decided; real time shows what that takes for granted of a clock. Side by side, for most of it is waiting.
conformance({ test: test.concurrent, harness: memoryHarness({ time: 'real' }) })
