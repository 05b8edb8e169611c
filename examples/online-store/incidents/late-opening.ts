import { factsOf } from '../facts.ts'
import { now } from '../now.ts'
import type { Teller } from '../screen/teller.ts'
import { counted } from '../screen/words.ts'
import { waitIn, type Store } from '../store.ts'

/** So many parcels wait when it happens, or all that there are. */
const BACKLOG = 500

/** Fulfilment comes to work late: parcels of VIPs and of others wait there together. Without VIP fulfilment nothing happens. */
export async function lateOpening(store: Store, teller: Teller): Promise<void> {
  const { books, team, definitions } = store
  if (definitions.fulfilment === undefined) return
  if (!(await waitIn(store, () => books.tally('fulfilment').entered >= BACKLOG || allPaid(store)))) return
  const waiting = new Set(books.open('fulfilment'))
  teller.say(`fulfilment opens late: ${counted(waiting.size, 'parcel')} wait there, for VIPs and for others`)
  const at = now()
  books.record({ fact: 'opens', step: 'fulfilment', at })
  await team.hire(['fulfilment'])
  if (!(await waitIn(store, () => !books.open('fulfilment').some((id) => waiting.has(id))))) return
  const seconds = ((now() - at) / 1000).toFixed(1)
  const workers = new Set(
    factsOf(books.facts, 'run').flatMap(({ step, worker }) => (step === 'fulfilment' ? worker : [])),
  )
  teller.say(`the parcels that waited are shipped, ${seconds} s later, by ${[...workers].sort().join(' and ')}`)
}

function allPaid({ books, files }: Store): boolean {
  return books.tally('intake').entered === files.lines.length && books.isSettled(['intake', 'payment'])
}
