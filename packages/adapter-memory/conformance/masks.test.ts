import type { MemoryMask } from '@anymq/adapter-memory'
import { conformance } from '@anymq/conformance'
import { test } from 'vitest'
import { memoryHarness } from './harness.ts'

/** Everything that core makes up for, at once; of the two ways to wait, the harder one. */
const EVERY: readonly MemoryMask[] = [
  'ordering',
  'priority',
  'delay',
  'groups',
  'atomicMove',
  'countsFailures',
  'deliveries',
  'partialBatch',
]

conformance({ test, harness: memoryHarness({ mask: EVERY }) })
