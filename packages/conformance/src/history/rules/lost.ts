import { wasSeen } from '../fate.ts'
import type { Indexed } from '../indexed.ts'
import { missing } from '../missing.ts'
import type { Problem } from '../problem.ts'

/** Confirmed, seen somewhere, and gone without an end from a source that should have got it. */
export function lost(history: Indexed): Problem[] {
  return missing(history).flatMap(({ send, traces, gone }) => {
    if (!traces.some(wasSeen)) return []
    return gone.map(({ source, id, runs, deads, events, taken }) => ({
      rule: 'lost',
      message: `message ${id} was confirmed and is gone from ${source}: ${whatWasSeen(runs.length, deads.length)}`,
      facts: history.inOrder([
        send.fact,
        send.confirmed,
        ...runs.flatMap((run) => [run.start, ...run.facts]),
        ...deads,
        ...events,
        ...taken,
      ]),
    }))
  })
}

function whatWasSeen(runs: number, deads: number): string {
  if (runs > 0) return 'it was taken and never finished'
  return deads > 0 ? 'it was dead, went back, and did not arrive' : 'it arrived elsewhere and not there'
}
