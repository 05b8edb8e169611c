import { setTimeout as sleep } from 'node:timers/promises'
import { STEPS } from './books.ts'
import type { Evidence } from './check/evidence.ts'
import { lineId } from './check/expected.ts'
import { intake } from './definitions.ts'
import { brokerRestart } from './incidents/broker-restart.ts'
import { crash } from './incidents/crash.ts'
import { outage } from './incidents/outage.ts'
import { DeadLetterOffice } from './repair/dead-letter-office.ts'
import { letterLines, repairLines } from './screen/letters.ts'
import type { Teller } from './screen/teller.ts'
import { counted } from './screen/words.ts'
import { backlogs, leftIn, waitIn, type Store } from './store.ts'
import { until } from './until.ts'

/** Orders come in at this pace: so many lines, then so many milliseconds. */
const BATCH = 50
const PAUSE = 100
/** Milliseconds until some worker must have got the first line. */
const FIRST_RUN = 15_000

/** The demo cannot go on; the message says why. */
export class Stuck extends Error {}

/** A day in the life of the store. Resolves with everything that is needed to judge it. */
export async function tellStory(store: Store, teller: Teller): Promise<Evidence> {
  const lines = counted(store.files.lines.length, 'line')
  teller.say(`${lines} of the order file on the way to ${counted(store.team.length, 'worker')}`)
  await Promise.all([sendLines(store), incidents(store, teller)])
  await settled(store, teller)

  const letters = new DeadLetterOffice(store.office, store.books.record)
  const deadBefore = await letters.look()
  teller.say(`${counted(deadBefore.length, 'dead letter')}, some of which are:`, letterLines(deadBefore))
  teller.say('what can be repaired is repaired and goes back:', repairLines(await letters.repair()))
  await settled(store, teller)

  const { books, world, place } = store
  const left = new Map([...(await backlogs(store.office))].map(([step, backlog]) => [step, leftIn(backlog)]))
  return {
    facts: books.facts,
    stock: world.warehouse.stock,
    deadBefore,
    deadAfter: await letters.look(),
    left,
    restarts: place.restart !== undefined,
  }
}

async function sendLines({ office, files: { lines }, books }: Store): Promise<void> {
  const producer = office.producer(intake)
  for (let from = 0; from < lines.length; from += BATCH) {
    const items = lines.slice(from, from + BATCH).map((body, index) => ({ body, id: lineId(from + index + 1) }))
    // Before the send: until it is confirmed, the broker may have a line twice.
    for (const { id } of items) books.record({ fact: 'entered', step: 'intake', id })
    await producer.sendBatch(items, { timeout: '1m' })
    await sleep(PAUSE)
  }
}

async function incidents(store: Store, teller: Teller): Promise<void> {
  const working = await until(() => store.books.facts.some(({ fact }) => fact === 'run'), { within: FIRST_RUN })
  if (!working) throw new Stuck('no worker got a line within 15 seconds: is the broker one that all workers share?')
  await outage(store, teller)
  await brokerRestart(store, teller)
  await crash(store, teller)
}

/** All that came in is done or dead, and the broker, if it tells, has nothing left. */
async function settled(store: Store, teller: Teller): Promise<void> {
  const quiet = async (): Promise<boolean> => store.books.settled && (await nothingLeft(store))
  if (await waitIn(store, quiet)) return
  teller.say('the store has gone silent before everything was done; missing:', await missing(store))
}

async function nothingLeft({ office }: Store): Promise<boolean> {
  // While a connection is away nobody knows; it is asked again.
  const now = await backlogs(office).catch(() => undefined)
  return now !== undefined && [...now.values()].every((backlog) => (leftIn(backlog) ?? 0) === 0)
}

async function missing({ books, office }: Store): Promise<string[]> {
  const now = await backlogs(office)
  return STEPS.map((step) => {
    const open = books.open(step)
    const some = open.length === 0 ? '' : `, such as ${open.slice(0, 3).join(', ')}`
    return `${step}: ${open.length} not finished${some}; the broker has ${leftIn(now.get(step)!) ?? 'an unknown number'}`
  })
}
