import { GROUPS } from '../facts.ts'
import { now } from '../now.ts'
import { readOrder } from '../order.ts'
import type { Teller } from '../screen/teller.ts'
import { waitIn, type Store } from '../store.ts'

/** The share of all orders that is paid when it happens. */
const HAPPENS = 0.4
/** What was done in the last moments before may have been acknowledged to a dying broker. Milliseconds. */
const BEFORE = 1000
/** Once for each further run of its line, of which there may be two, and once for each of the three sends. */
const PLACED_AGAIN = 5

/** The broker goes down and comes back, in the middle of everything. Where it is not ours it stays up. */
export async function brokerRestart(store: Store, teller: Teller): Promise<void> {
  const { books, files, place } = store
  if (place.restart === undefined) return
  const due = Math.floor(files.lines.length * HAPPENS)
  if (!(await waitIn(store, () => books.tally('payment').done >= due))) return
  const since = performance.now() - BEFORE
  teller.say('the broker goes down')
  const how = await place.restart()
  const seconds = ((performance.now() - since - BEFORE) / 1000).toFixed(1)
  const unsure = books.unsure(since)
  for (const { step, id } of unsure) books.record({ fact: 'again', step, id, cause: 'restart', at: now() })
  for (const { step, id } of unsure) if (step === 'intake') mayComeTwice(store, id)
  teller.say(`the broker is back after ${seconds} s (${how}); ${unsure.length} messages were on their way somewhere`)
}

/**
 * A line that was being handled: its own send, not confirmed in time, may have been repeated besides, so that there are two of it; and
 * each time it is handled the send of its order may be repeated too.
 */
function mayComeTwice({ books, files }: Store, line: string): void {
  books.record({ fact: 'again', step: 'intake', id: line, cause: 'restart', at: now() })
  const reading = readOrder(files.lines[Number(line.slice('line-'.length)) - 1] ?? '')
  if ('problem' in reading) return
  for (let repeats = 0; repeats < PLACED_AGAIN; repeats++) {
    for (const step of GROUPS) books.record({ fact: 'again', step, id: reading.order.id, cause: 'restart', at: now() })
  }
}
