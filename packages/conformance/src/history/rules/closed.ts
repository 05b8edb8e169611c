import type { Fact, LifeFact, StartFact } from '../facts.ts'
import { addTo } from '../grouped.ts'
import type { Indexed } from '../indexed.ts'
import type { Problem } from '../problem.ts'

/** From when on nothing may start. Only a close that came to its end counts: one that was refused has stopped nothing. */
interface Close {
  readonly closing: LifeFact
  readonly closed: LifeFact
}

/** A handler started after its process or its subscription had been told to stop. */
export function closed(history: Indexed): Problem[] {
  const closes = closesOf(history.facts)
  return history.runs.flatMap(({ start }) => {
    const own = [...(closes.get(start.process) ?? []), ...(closes.get(`${start.process}\n${start.consumer}`) ?? [])]
    const close = own.find((one) => isTooLate(history, start, one))
    if (close === undefined) return []
    const who = close.closed.consumer ?? `process ${start.process}`
    const message = `message ${start.id} of ${start.source} was handed out after ${who} had been told to close`
    return [{ rule: 'closed', message, facts: history.inOrder([close.closing, close.closed, start]) }]
  })
}

function closesOf(facts: readonly Fact[]): Map<string, Close[]> {
  const closes = new Map<string, Close[]>()
  const closing = new Map<string, LifeFact>()
  for (const fact of facts) {
    if (fact.fact !== 'life') continue
    const who = fact.consumer === undefined ? fact.process : `${fact.process}\n${fact.consumer}`
    if (fact.what === 'closing') closing.set(who, fact)
    const begun = closing.get(who)
    if (fact.what === 'closed' && begun !== undefined) addTo(closes, who, { closing: begun, closed: fact })
  }
  return closes
}

/** No handler starts from the call on; a pull that waits when its consumer closes may still end with what it has. */
function isTooLate({ setting: { grain } }: Indexed, start: StartFact, { closing, closed: end }: Close): boolean {
  return start.at > (start.how === 'handler' ? closing : end).at + grain
}
