import type { Teller } from '../screen/teller.ts'
import { counted } from '../screen/words.ts'
import { waitIn, type Store } from '../store.ts'

/** The share of all orders that is paid when it begins. */
const BEGINS = 0.2
/** Milliseconds. */
const LASTS = 1500

/** The payment provider stops answering for a while. Nobody acts on it: retries with backoff bridge the gap. */
export async function outage(store: Store, teller: Teller): Promise<void> {
  const { books, files, world } = store
  const due = Math.floor(files.lines.length * BEGINS)
  if (!(await waitIn(store, () => books.tally('payment').done >= due))) return
  const before = books.tally('payment').retries
  world.provider.goDown(LASTS)
  teller.say('the payment provider stops answering; what fails waits and is tried again')
  await waitIn(store, () => !world.provider.isDown)
  const failed = books.tally('payment').retries - before
  teller.say(`the payment provider is back, after ${counted(failed, 'failed attempt')}`)
}
