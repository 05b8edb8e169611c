import { factsOf } from '../facts.ts'
import type { Teller } from '../screen/teller.ts'
import { waitIn, type Store } from '../store.ts'

/** The share of all orders whose goods are reserved when it begins. */
const BEGINS = 0.1
/** The share of all orders that a new worker has handled before the next old one goes. */
const SETTLED_IN = 0.01

/** A new version of the inventory comes while orders flow: its workers are replaced, one after the other. */
export async function rollOver(store: Store, teller: Teller): Promise<void> {
  const { books, files, team } = store
  const due = Math.floor(files.lines.length * BEGINS)
  if (!(await waitIn(store, () => books.tally('inventory').done >= due))) return
  const before = books.tally('inventory').done
  teller.say('the inventory is rolled over: its workers are replaced one after the other')
  const heirs: string[] = []
  for (const { name } of team.of('inventory')) heirs.push(await replace(store, name))
  const handled = books.tally('inventory').done - before
  teller.say(`the inventory is rolled over to ${heirs.join(' and ')}; meanwhile it has handled ${handled} orders`)
}

/** Resolves with the name of the new one, when that has work. */
async function replace(store: Store, name: string): Promise<string> {
  const { books, files, team } = store
  const worker = team.of('inventory').find((one) => one.name === name)!
  books.record({ fact: 'goes', step: 'inventory', worker: name })
  const heir = (await team.replace(worker)).name
  books.record({ fact: 'replaced', step: 'inventory', worker: name, heir })
  await waitIn(store, () => doneBy(store, heir) >= files.lines.length * SETTLED_IN || nothingMore(store))
  return heir
}

function doneBy({ books }: Store, heir: string): number {
  return factsOf(books.facts, 'done').filter(({ worker }) => worker === heir).length
}

/** Possible on a short day only: on a long one lines wait for this. */
function nothingMore({ books, files }: Store): boolean {
  return books.tally('intake').entered === files.lines.length && books.isSettled(['intake', 'inventory'])
}
