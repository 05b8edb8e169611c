import { MqError } from '@anymq/core/driver'
import type { MemoryManifest } from './manifest.ts'

/**
 * What the in-memory broker shall lack, so that core has to make up for it, as on a broker that never had it:
 * `ordering`: no exclusion per key. `priority`: no levels. `delay`: a message cannot wait. `longDelay`: it can wait for a minute at
 * most. `groups`: no topics. `dedupe`: repeats are not noticed; nothing makes up for that, it is refused. `atomicMove`: no settling and sending in one step.
 * `countsFailures`: a message cannot be given back for later, and failures are not remembered. `deliveries`: deliveries are not counted.
 * `partialBatch`: a later message of a batch may be accepted though an earlier one was not.
 */
export type MemoryMask =
  | 'ordering'
  | 'priority'
  | 'delay'
  | 'longDelay'
  | 'groups'
  | 'dedupe'
  | 'atomicMove'
  | 'countsFailures'
  | 'deliveries'
  | 'partialBatch'

const MASKS: readonly MemoryMask[] = [
  'ordering',
  'priority',
  'delay',
  'longDelay',
  'groups',
  'dedupe',
  'atomicMove',
  'countsFailures',
  'deliveries',
  'partialBatch',
]

/** Every ability that core makes up for; of the two ways to wait, the harder one. */
export const EMULATED: readonly MemoryMask[] = MASKS.filter((name) => name !== 'dedupe' && name !== 'longDelay')

/** The tiers of a broker without waits: powers of four, as on a log. Milliseconds. */
const TIERS = Object.freeze([1, 4, 16, 64, 256, 1024, 4096, 16_384, 65_536].map((seconds) => seconds * 1000))
const LONGEST_HOP = 60_000
/** What a hop or a tier may add: the relay looks, sends and waits again. */
const RELAY_TOLERANCE = 1000

/** @throws MQ_CONFIG for what is no list of masks */
export function maskOf(given: unknown): ReadonlySet<MemoryMask> {
  if (given === undefined) return new Set()
  const known: readonly unknown[] = MASKS
  const wrong = Array.isArray(given) ? given.find((name) => !known.includes(name)) : given
  if (wrong === undefined) return new Set(given as readonly MemoryMask[])
  throw new MqError(
    'MQ_CONFIG',
    `memory: mask ${Array.isArray(given) ? 'holds' : 'is'} ${typeof wrong === 'string' ? JSON.stringify(wrong) : typeof wrong}; give an array of ${MASKS.join(', ')}`,
  )
}

/** What is left of a manifest. */
export function maskedManifest(manifest: MemoryManifest, mask: ReadonlySet<MemoryMask>): MemoryManifest {
  if (mask.size === 0) return manifest
  const { capabilities } = manifest
  const isRelayed = mask.has('delay') || mask.has('longDelay')
  return Object.freeze({
    ...manifest,
    capabilities: Object.freeze({
      ...capabilities,
      ordering: mask.has('ordering') ? 'emulated' : capabilities.ordering,
      priority: mask.has('priority') ? 'emulated' : capabilities.priority,
      delay: isRelayed ? 'emulated' : capabilities.delay,
      dedupe: mask.has('dedupe') ? 'unsupported' : capabilities.dedupe,
      groups: mask.has('groups') ? 'emulated' : capabilities.groups,
    }),
    ...(mask.has('priority') && { levels: 0 }),
    ...(mask.has('groups') && { groups: 'closed' as const }),
    ...(mask.has('atomicMove') && { atomicMove: false }),
    ...(mask.has('countsFailures') && { countsFailures: false, heldAttempts: 'restarts' as const }),
    ...(mask.has('deliveries') && { deliveries: 'none' as const }),
    ...(mask.has('partialBatch') && { partialBatch: true }),
    ...(isRelayed && { delayTolerance: RELAY_TOLERANCE }),
    ...(mask.has('longDelay') && { delay: { kind: 'hop' as const, maxHop: LONGEST_HOP } }),
    ...(mask.has('delay') && { delay: { kind: 'tiers' as const, steps: TIERS } }),
  })
}
