import type { Indexed } from '../indexed.ts'
import type { Problem } from '../problem.ts'
import type { Trace } from '../traces.ts'

/** Its send failed as not sent, which means that the broker does not have it. */
export function refusedArrived(history: Indexed): Problem[] {
  return history.traces.filter(isRefusedAndCame).map(({ source, id, refused, runs, deads }) => {
    const [first] = history.inOrder([...runs.map(({ start }) => start), ...deads])
    return {
      rule: 'refused-arrived',
      message: `message ${id} came from ${source}, and its send had failed as not sent`,
      facts: history.inOrder([...refused.flatMap(({ fact, refused: end }) => [fact, end]), first]),
    }
  })
}

function isRefusedAndCame({ sends, refused, puts, runs, deads }: Trace): boolean {
  return sends.length + puts.length === 0 && refused.length > 0 && runs.length + deads.length > 0
}
