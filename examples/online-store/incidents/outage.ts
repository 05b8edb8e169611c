import { PAUSE } from '../jobs/payment.ts'
import type { Teller } from '../screen/teller.ts'
import { waitIn, type Store } from '../store.ts'
import { HEADS } from '../workers/team.ts'

/** The share of all orders that is paid when it begins. */
const BEGINS = 0.2
/** Milliseconds. */
const LASTS = 2000

/** The payment provider stops answering for a while. Nobody acts on it: each worker pauses, tries again, and pauses again. */
export async function outage(store: Store, teller: Teller): Promise<void> {
  const { books, files, world } = store
  const due = Math.floor(files.lines.length * BEGINS)
  if (!(await waitIn(store, () => books.tally('payment').done >= due))) return
  world.provider.goDown(LASTS)
  teller.say('the payment provider is down; the payment workers pause')
  await waitIn(store, () => !world.provider.isDown)
  const asked = books.facts.filter(({ fact }) => fact === 'unanswered').length
  teller.say(`the payment provider is back after ${LASTS / 1000} s, in which it was asked ${asked} times`)
}

/** The most that the provider is asked meanwhile: each hand tries once when it begins, and once after each pause. */
export function mostAsked({ definitions }: Store): number {
  const hands = HEADS.payment * definitions.payment.policy.concurrency
  return hands * (1 + Math.ceil(LASTS / PAUSE))
}
