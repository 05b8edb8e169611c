import type { Indexed } from '../indexed.ts'
import type { Problem } from '../problem.ts'
import type { Trace } from '../traces.ts'

/** It came, and nobody had sent it there. */
export function invented(history: Indexed): Problem[] {
  const known = new Map(history.sends.map((send) => [send.id, send]))
  return history.traces.filter(isInvented).map(({ source, id, runs, deads }) => {
    const elsewhere = known.get(id)
    const [first] = history.inOrder([...runs.map(({ start }) => start), ...deads])
    const origin = elsewhere === undefined ? 'nobody sent it' : `it was sent to ${elsewhere.fact.to}`
    const verb = first?.fact === 'dead' ? 'is among the dead letters of' : 'came from'
    return {
      rule: 'invented',
      message: `message ${id} ${verb} ${source}, and ${origin}`,
      facts: history.inOrder([elsewhere?.fact, elsewhere?.confirmed, first]),
    }
  })
}

function isInvented({ sends, refused, puts, runs, deads }: Trace): boolean {
  return sends.length + refused.length + puts.length === 0 && runs.length + deads.length > 0
}
