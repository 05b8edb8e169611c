/** What the broker inside this process can be made to lack. */
const MASKS = [
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
] as const

export type Mask = (typeof MASKS)[number]

/** What the library makes up for: all but what is refused instead. */
const ALL: readonly Mask[] = MASKS.filter((name) => name !== 'dedupe')

/** Reads `all`, or names with commas between. Undefined for one that is none. */
export function readMask(text: string): readonly Mask[] | undefined {
  if (text === 'all') return ALL
  const names = text.split(',').map((name) => MASKS.find((known) => known === name.trim()))
  return names.every((name) => name !== undefined) ? names : undefined
}

/** For people. */
export const MASK_NAMES: string = MASKS.join(', ')
