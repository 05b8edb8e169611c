import type { Connect } from './workers/worker.ts'

/** What not every broker offers, and what the store does with it. */
const PARTS = { ordering: 'order per customer', priority: 'VIP fulfilment', delay: 'reminders' } as const

/** The parts of the store that a broker can serve. */
export type Parts = Readonly<Record<keyof typeof PARTS, boolean>>

/** What the broker can serve, and by how many milliseconds it may deliver late what waits. */
export interface Offer {
  readonly parts: Parts
  readonly delayTolerance: number
}

/** The only question that the store asks a broker about itself. */
export async function offerOf(connect: Connect): Promise<Offer> {
  await using broker = await connect({ definitions: [] })
  const { capabilities, delayTolerance } = broker.capabilities
  const offers = (part: keyof Parts): boolean => capabilities[part] !== 'unsupported'
  return {
    parts: { ordering: offers('ordering'), priority: offers('priority'), delay: offers('delay') },
    delayTolerance,
  }
}

/** What is left out, for people; none: nothing is. */
export function leftOut(parts: Parts): readonly string[] {
  return (Object.keys(PARTS) as (keyof Parts)[]).filter((part) => !parts[part]).map((part) => PARTS[part])
}
