import { conformance } from '@anymq/conformance'
import { test } from 'vitest'
import { harness } from './every-mask.ts'

conformance({ test, harness })
