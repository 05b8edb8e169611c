import { factsOf, type Fact } from '../facts.ts'
import { now } from '../now.ts'
import type { Teller } from '../screen/teller.ts'
import { counted } from '../screen/words.ts'
import { waitIn, type Store } from '../store.ts'
import type { Worker } from '../workers/worker.ts'

/** The share of all orders that is paid when it happens. */
const HAPPENS = 0.55
/** What was done in the last moments before may not have been settled when it died. Milliseconds. */
const BEFORE = 1000

/** A payment worker dies in the middle of its work. When its leases have run out, others take over what it held. */
export async function crash(store: Store, teller: Teller): Promise<void> {
  const victim = await someoneAtWork(store)
  if (victim === undefined) return teller.say('no payment worker could be caught with work in its hands; nobody dies')
  const held = await victim.crash()
  const died = performance.now()
  maySettleAgain(store, victim, held)
  const { length: before } = store.books.facts
  teller.say(`${victim.name} dies with ${counted(held.length, 'order')} in its hands: ${held.join(', ')}`)
  const heirs = (): ReadonlyMap<string, string> => whoFinished(held, store.books.facts.slice(before))
  if (!(await waitIn(store, () => heirs().size === held.length))) return
  const seconds = ((performance.now() - died) / 1000).toFixed(1)
  teller.say(`${seconds} s later they are done all the same, by ${[...new Set(heirs().values())].sort().join(' and ')}`)
}

/** The payment worker that holds most, once enough is paid; undefined if all is done before. */
async function someoneAtWork(store: Store): Promise<Worker | undefined> {
  const { team, books, files } = store
  const count = files.lines.length
  const busiest = (): Worker => team.of('payment').reduce((most, one) => (one.held.size > most.held.size ? one : most))
  const caught = (): boolean => books.tally('payment').done >= Math.floor(count * HAPPENS) && busiest().held.size > 0
  const tooLate = (): boolean => books.tally('intake').entered === count && books.isSettled(['intake', 'payment'])
  await waitIn(store, () => caught() || tooLate())
  return caught() ? busiest() : undefined
}

/** What it had handled in its last moments may have died before the broker heard of it. */
function maySettleAgain({ books }: Store, { name }: Worker, held: readonly string[]): void {
  const since = now() - BEFORE
  const late = factsOf(books.facts, 'run').filter(
    ({ step, worker, at, id }) => step === 'payment' && worker === name && at >= since && !held.includes(id),
  )
  for (const id of new Set(late.map((run) => run.id)))
    books.record({ fact: 'again', step: 'payment', id, cause: 'crash', at: now() })
}

/** By order: a broker may bring one twice. */
function whoFinished(ids: readonly string[], facts: readonly Fact[]): ReadonlyMap<string, string> {
  const finished = factsOf(facts, 'done').filter(({ step, id }) => step === 'payment' && ids.includes(id))
  return new Map(finished.map(({ id, worker }) => [id, worker]))
}
