import type { Stats } from '../spi/messages.ts'

/** All that lies in a queue, also what is hidden for the length of a browse; undefined where the broker does not tell. */
export function total({ ready, leased, delayed }: Stats): number | undefined {
  if (ready === undefined && leased === undefined && delayed === undefined) return undefined
  return (ready ?? 0) + (leased ?? 0) + (delayed ?? 0)
}
