import type { MemoryMask } from '@anymq/adapter-memory'
import { conformance, type Area } from '@anymq/conformance'
import { describe, test } from 'vitest'
import { harness as everyMask } from './every-mask.ts'
import { memoryHarness } from './harness.ts'

const ALL: readonly Area[] = ['send', 'settle', 'order', 'dead', 'retry', 'close']

/** What stands on each ability; of the rest, smoke will do. */
const AREAS: Readonly<Record<MemoryMask, readonly Area[]>> = {
  ordering: ['order'],
  priority: ['dead'],
  delay: ['retry', 'settle'],
  longDelay: ['retry', 'settle'],
  groups: ['send'],
  dedupe: ['dead', 'order'],
  atomicMove: ['dead', 'retry'],
  countsFailures: ['retry', 'settle'],
  deliveries: ['settle', 'retry'],
  partialBatch: ['send', 'order'],
}

describe.each(Object.entries(AREAS))('without %s', (mask, areas) => {
  const harness = memoryHarness({ mask: [mask as MemoryMask] })
  conformance({ test, harness, select: { areas } })
  conformance({ test, harness, select: { areas: ALL.filter((area) => !areas.includes(area)), profiles: ['smoke'] } })
})

conformance({ test, harness: everyMask, report: '.tmp/conformance/memory-without-anything.json' })
