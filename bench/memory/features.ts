import type { MemoryMask } from '@anymq/adapter-memory'
import { bytes, group, queue, topic, type Queue, type SendOptions, type Source, type Topic } from '@anymq/core'

/** One way of using the library, and what the broker shall lack meanwhile. */
export interface Feature {
  readonly name: string
  readonly to: Queue | Topic
  readonly source: Source
  /** Of the message with this number. */
  readonly options?: (n: number) => SendOptions
  /** What the handler does with the first delivery of each message. */
  readonly first?: 'fails' | 'dies'
  /** Messages in one batch of a batch handler; none: a handler of one message. */
  readonly batch?: number
  readonly mask: readonly MemoryMask[]
  /** What it is compared with; none: the plain queue. */
  readonly twin?: string
}

const levels = ['vip', 'normal', 'bulk'] as const
const retry = { attempts: 2, backoff: () => 0 } as const

export const PLAIN = 'plain'

/** Everything with a figure of its own: each feature natively, then each emulation against its native twin. */
export function features(): Feature[] {
  return [
    { name: PLAIN, ...onQueue('plain', {}), mask: [] },
    ...[1, 100, 10_000].map((keys) => ordered(keys, [])),
    prioritised([]),
    delayed(5, []),
    { name: 'batches of 100', ...onQueue('batches', {}), batch: 100, mask: [] },
    grouped([]),
    failing([]),
    dying([]),
    { ...ordered(10_000, ['ordering']), twin: 'ordered, 10,000 keys' },
    { ...prioritised(['priority']), twin: 'three levels' },
    { ...delayed(1000, ['delay']), twin: 'delayed' },
    { ...grouped(['groups']), twin: 'a topic with three groups' },
    { ...failing(['countsFailures']), twin: 'each fails once' },
    { ...dying(['atomicMove']), twin: 'each is dead-lettered' },
  ]
}

function onQueue(name: string, spec: Parameters<typeof queue>[1]): Pick<Feature, 'to' | 'source'> {
  const made = queue(name, { codec: bytes, ...spec } as never) as Queue
  return { to: made, source: made }
}

function without(name: string, mask: readonly MemoryMask[]): string {
  return mask.length === 0 ? name : `${name}, without ${mask.join(', ')}`
}

function ordered(keys: number, mask: readonly MemoryMask[]): Feature {
  const place = onQueue(`ordered-${keys}`, { ordering: { key: () => undefined } })
  const names = Array.from({ length: keys }, (_, n) => ({ key: `customer-${n}` }))
  const name = `ordered, ${keys.toLocaleString('en-US')} ${keys === 1 ? 'key' : 'keys'}`
  return { name: without(name, mask), ...place, options: (n) => names[n % keys]!, mask }
}

function prioritised(mask: readonly MemoryMask[]): Feature {
  const place = onQueue('levels', { priority: { levels, default: 'normal' } })
  const each = levels.map((priority) => ({ priority }))
  return { name: without('three levels', mask), ...place, options: (n) => each[n % 3]!, mask }
}

function delayed(ms: number, mask: readonly MemoryMask[]): Feature {
  const place = onQueue('delayed', { delay: { max: '1h' } })
  return { name: without('delayed', mask), ...place, options: () => ({ delay: ms }), mask }
}

function grouped(mask: readonly MemoryMask[]): Feature {
  const to = topic('placed', { codec: bytes, groups: ['a', 'b', 'c'] }) as Topic
  return { name: without('a topic with three groups', mask), to, source: group(to, 'a') as Source, mask }
}

function failing(mask: readonly MemoryMask[]): Feature {
  return { name: without('each fails once', mask), ...onQueue('failing', { retry }), first: 'fails', mask }
}

function dying(mask: readonly MemoryMask[]): Feature {
  return { name: without('each is dead-lettered', mask), ...onQueue('dying', { retry }), first: 'dies', mask }
}
