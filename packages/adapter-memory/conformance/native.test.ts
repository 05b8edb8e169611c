import { conformance } from '@anymq/conformance'
import { test } from 'vitest'
import { harness } from './harness.ts'

conformance({ test, harness, report: '.tmp/conformance/memory.json' })
