import { setTimeout as sleep } from 'node:timers/promises'
import { lineId } from './check/expected.ts'
import { factsOf } from './facts.ts'
import { now } from './now.ts'
import { waitIn, type Store } from './store.ts'
import { HEADS } from './workers/team.ts'

/** Orders come in at this pace: so many lines, then so many milliseconds. */
const BATCH = 50
const PAUSE = 100

/** Lines of the order file, with carts left behind between them. */
export async function sendLines(store: Store): Promise<void> {
  for (let from = 0; from < store.files.lines.length; from += BATCH) {
    await waitIn(store, () => from <= mayBeIn(store))
    await sendSome(store, from)
    await leaveCarts(store, from)
    await sleep(PAUSE)
  }
}

/** So many lines may be in by now: an equal share before the roll-over, after it, and between two of its hand-overs. They happen under load. */
function mayBeIn({ books, files }: Store): number {
  const replaced = factsOf(books.facts, 'replaced').length
  return (files.lines.length * (1 + replaced)) / (1 + HEADS.inventory)
}

async function sendSome({ office, definitions, files: { lines }, books }: Store, from: number): Promise<void> {
  const items = lines.slice(from, from + BATCH).map((body, index) => ({ body, id: lineId(from + index + 1) }))
  // Before the send: until it is confirmed, the broker may have a line twice.
  for (const { id } of items) books.record({ fact: 'entered', step: 'intake', id })
  await office.producer(definitions.intake).sendBatch(items, { timeout: '1m' })
}

async function leaveCarts({ office, definitions, files, books }: Store, from: number): Promise<void> {
  const { reminders } = definitions
  if (reminders === undefined) return
  const carts = files.carts.filter(({ line }) => line > from && line <= from + BATCH)
  for (const { id, customer, email, delay } of carts) {
    books.record({ fact: 'entered', step: 'reminders', id })
    books.record({ fact: 'abandoned', id, delay, at: now() })
    await office.send(reminders, { customer, email }, { id, delay, timeout: '1m' })
  }
}
