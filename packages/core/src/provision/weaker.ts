import type { Capabilities, Manifest } from '../spi/manifest.ts'

type Weaker = Partial<Manifest>

/** From the weakest to the strongest. */
const ORDER: { readonly [K in keyof Manifest]?: readonly Manifest[K][] } = {
  durability: ['volatile', 'disk', 'replicated'],
  ack: ['sent', 'stored'],
  groups: ['closed', 'open'],
  history: ['none', 'kept'],
  partialBatch: [true, false],
  balance: [false, true],
  atomicMove: [false, true],
  countsFailures: [false, true],
  deliveries: ['none', 'inflated', 'exact'],
  heldAttempts: ['restarts', 'kept'],
  duplicates: ['rare', 'none'],
  peek: ['partial', 'all'],
  stats: ['paid', 'free'],
}
const LEVELS: readonly Capabilities[keyof Capabilities][] = ['unsupported', 'emulated', 'native']
/** The smaller the weaker. */
const BOUNDS = new Set<string>(['levels', 'maxBody', 'span', 'maxHold', 'handlerTimeout', 'retention', 'nameLength'])

/** A manifest with what some entity offers less; what it seems to offer more is not believed. */
export function weakened(manifest: Manifest, weaker: Weaker): Manifest {
  return { ...manifest, ...(weakest(manifest, weaker) as Manifest) }
}

/** What two entities offer at least. */
export function weakest(a: Weaker, b: Weaker): Weaker {
  const both = { ...a, ...b }
  const merged = Object.entries(both).map(([field, last]) => {
    const [one, other] = [a[field as keyof Manifest], b[field as keyof Manifest]]
    return [field, one === undefined || other === undefined ? last : weakerValue(field, one, other)]
  })
  return Object.fromEntries(merged) as Weaker
}

/** What `weaker` says that the manifest does not, in words: `durability volatile (the broker: disk)`. */
export function differences(manifest: Manifest, weaker: Weaker): string[] {
  const less = weakened(manifest, weaker)
  return [
    ...differing(manifest.capabilities, less.capabilities),
    ...differing(manifest, less).filter((text) => !text.startsWith('capabilities ')),
  ]
}

function differing<T extends object>(broker: T, entity: T): string[] {
  return Object.entries(entity)
    .filter(([field, value]) => shown(value) !== shown(broker[field as keyof T]))
    .map(([field, value]) => `${field} ${shown(value)} (the broker: ${shown(broker[field as keyof T])})`)
}

function shown(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : `${value as string | number | boolean}`
}

function weakerValue(field: string, one: unknown, other: unknown): unknown {
  if (field === 'capabilities') return weakerCapabilities(one as Capabilities, other as Capabilities)
  const order = ORDER[field as keyof Manifest] as readonly unknown[] | undefined
  if (order !== undefined) return order[Math.min(order.indexOf(one), order.indexOf(other))]
  if (typeof one !== 'number' || typeof other !== 'number') return other
  return BOUNDS.has(field) ? Math.min(one, other) : Math.max(one, other)
}

function weakerCapabilities(one: Capabilities, other: Partial<Capabilities>): Capabilities {
  const least = Object.entries(one).map(([capability, level]) => {
    const there = other[capability as keyof Capabilities] ?? level
    return [capability, LEVELS[Math.min(LEVELS.indexOf(level), LEVELS.indexOf(there))]]
  })
  return Object.fromEntries(least) as Capabilities
}
