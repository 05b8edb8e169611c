import type { Evidence } from './check/evidence.ts'
import { brokerRestart } from './incidents/broker-restart.ts'
import { crash } from './incidents/crash.ts'
import { lateOpening } from './incidents/late-opening.ts'
import { mostAsked, outage } from './incidents/outage.ts'
import { rollOver } from './incidents/roll-over.ts'
import { sendLines } from './incoming.ts'
import { DeadLetterOffice } from './repair/dead-letter-office.ts'
import { letterLines, repairLines } from './screen/letters.ts'
import type { Teller } from './screen/teller.ts'
import { counted } from './screen/words.ts'
import { backlogs, leftIn, waitIn, type Store } from './store.ts'
import { until } from './until.ts'
import { HEADS } from './workers/team.ts'

/** Milliseconds until some worker must have got the first line. */
const FIRST_RUN = 15_000

/** The demo cannot go on; the message says why. */
export class Stuck extends Error {}

/** A day in the life of the store. Resolves with everything that is needed to judge it. */
export async function tellStory(store: Store, teller: Teller): Promise<Evidence> {
  const lines = counted(store.files.lines.length, 'line')
  teller.say(`${lines} of the order file on the way to ${counted(store.team.workers.length, 'worker')}`)
  await incidents(store, teller)
  await settled(store, teller)

  const letters = new DeadLetterOffice(store.office, store.definitions, store.books.record)
  const deadBefore = await letters.look()
  teller.say(`${counted(deadBefore.length, 'dead letter')}, some of which are:`, letterLines(deadBefore))
  teller.say('what can be repaired is repaired and goes back:', repairLines(await letters.repair()))
  await settled(store, teller)

  const { books, world, place, offer } = store
  const left = new Map([...(await backlogs(store))].map(([step, backlog]) => [step, leftIn(backlog)]))
  return {
    facts: books.facts,
    stock: world.warehouse.stock,
    deadBefore,
    deadAfter: await letters.look(),
    left,
    restarts: place.restart !== undefined,
    ...offer,
    mostAsked: mostAsked(store),
    inventoryHeads: HEADS.inventory,
  }
}

async function incidents(store: Store, teller: Teller): Promise<void> {
  const rolledOver = working(store).then(() => rollOver(store, teller))
  await Promise.all([sendLines(store), misfortunes(store, teller, rolledOver), lateOpening(store, teller)])
}

/** Payment's bad day. */
async function misfortunes(store: Store, teller: Teller, rolledOver: Promise<void>): Promise<void> {
  await working(store)
  await Promise.all([outage(store, teller), rolledOver])
  await brokerRestart(store, teller)
  await crash(store, teller)
}

async function working({ books }: Store): Promise<void> {
  const begun = await until(() => books.facts.some(({ fact }) => fact === 'run'), { within: FIRST_RUN })
  if (!begun) throw new Stuck('no worker got a line within 15 seconds: is the broker one that all workers share?')
}

/** All that came in is done or dead, and the broker, if it tells, has nothing left. */
async function settled(store: Store, teller: Teller): Promise<void> {
  const quiet = async (): Promise<boolean> => store.books.isSettled() && (await nothingLeft(store))
  if (await waitIn(store, quiet)) return
  teller.say('the store has gone silent before everything was done; missing:', await missing(store))
}

async function nothingLeft(store: Store): Promise<boolean> {
  // While a connection is away nobody knows; it is asked again.
  const now = await backlogs(store).catch(() => undefined)
  return now !== undefined && [...now.values()].every((backlog) => (leftIn(backlog) ?? 0) === 0)
}

async function missing(store: Store): Promise<string[]> {
  const now = await backlogs(store)
  return [...now].map(([step, backlog]) => {
    const open = store.books.open(step)
    const some = open.length === 0 ? '' : `, such as ${open.slice(0, 3).join(', ')}`
    return `${step}: ${open.length} not finished${some}; the broker has ${leftIn(backlog) ?? 'an unknown number'}`
  })
}
