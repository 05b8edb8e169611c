import { conformance } from '@anymq/conformance'
import { afterAll, test } from 'vitest'
import { harness } from '../conformance/harness.ts'

afterAll(() => harness.close?.())

conformance({ test, harness, select: { profiles: ['smoke'] }, report: '.tmp/conformance/kafka.json' })
