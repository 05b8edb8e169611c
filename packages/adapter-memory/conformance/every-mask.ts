import type { MemoryMask } from '@anymq/adapter-memory'
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

export const harness = { ...memoryHarness({ mask: EVERY }), name: 'memory without anything' }
