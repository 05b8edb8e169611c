import { setTimeout as sleep } from 'node:timers/promises'
import { lineId } from './check/expected.ts'
import { now } from './now.ts'
import type { Store } from './store.ts'

/** Orders come in at this pace: so many lines, then so many milliseconds. */
const BATCH = 50
const PAUSE = 100
/** The share of all lines that comes in whatever happens. */
const AT_ONCE = 0.9

/** Lines of the order file, with carts left behind between them. The last ones wait for `soFar`: what happens until then happens under load. */
export async function sendLines(store: Store, soFar: Promise<unknown>): Promise<void> {
  const { length } = store.files.lines
  for (let from = 0; from < length; from += BATCH) {
    if (from >= length * AT_ONCE) await soFar
    await sendSome(store, from)
    await leaveCarts(store, from)
    await sleep(PAUSE)
  }
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
