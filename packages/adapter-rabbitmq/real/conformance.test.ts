import { conformance } from '@anymq/conformance'
import { afterAll, test } from 'vitest'
import { harness } from '../conformance/harness.ts'

afterAll(() => harness.close?.())

// Side by side, for most of it is waiting.
conformance({
  test: test.concurrent,
  harness,
  select: { profiles: ['smoke'] },
  report: '.tmp/conformance/rabbitmq.json',
})
