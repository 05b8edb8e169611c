import type { Broker, Source } from '@anymq/core'
import { Books } from './books.ts'
import { definitionsWith, type Definitions } from './definitions.ts'
import type { Step } from './facts.ts'
import type { OrderFiles } from './order-files.ts'
import { offerOf, type Offer } from './parts.ts'
import type { Place } from './place/place.ts'
import { until } from './until.ts'
import { bookLogger } from './workers/life.ts'
import { Team } from './workers/team.ts'
import { makeWorld, type World } from './world/world.ts'

/** These come to work later in the day. */
const LATE: ReadonlySet<Step> = new Set(['fulfilment'])

/** The store, open for business. */
export interface Store {
  readonly files: OrderFiles
  readonly books: Books
  readonly world: World
  readonly team: Team
  /** What the broker can serve, and with that what there is of the store. */
  readonly offer: Offer
  readonly definitions: Definitions
  /** The store's own broker object: it sends the lines and the carts, and looks after the dead letters. */
  readonly office: Broker
  readonly place: Place
  close(): Promise<void>
}

/** @throws MqError when the broker cannot be reached or cannot serve the definitions */
export async function openStore(place: Place, files: OrderFiles, seed: number): Promise<Store> {
  const books = new Books()
  const { record } = books
  const world = makeWorld(files.catalogue, seed, record)
  const offer = await offerOf(place.connect)
  const definitions = definitionsWith(offer.parts)
  const { sources, orderPlaced } = definitions
  const office = await place.connect({ definitions: [orderPlaced, ...sources.values()], logger: bookLogger(record) })
  const team = new Team({ world, place, parts: offer.parts, definitions }, record)
  const close = async (): Promise<void> => {
    await Promise.all([team.close(), office.close()])
  }
  try {
    await team.hire([...sources.keys()].filter((step) => !LATE.has(step)))
  } catch (error) {
    await close()
    throw error
  }
  return { files, books, world, team, offer, definitions, office, place, close }
}

/** Messages of each step, by what they wait for. Undefined where the broker does not tell. */
export interface Backlog {
  readonly ready: number | undefined
  readonly inHand: number | undefined
  readonly delayed: number | undefined
  readonly dead: number | undefined
}

export async function backlogs({ office, definitions }: Store): Promise<ReadonlyMap<Step, Backlog>> {
  const read = async ([step, source]: readonly [Step, Source]): Promise<readonly [Step, Backlog]> => {
    const { ready, leased, delayed, dead } = await office.stats(source)
    return [step, { ready, inHand: leased, delayed, dead }]
  }
  return new Map(await Promise.all([...definitions.sources].map(read)))
}

/** How many messages a step still has; undefined where the broker does not tell. */
export function leftIn({ ready, inHand, delayed }: Backlog): number | undefined {
  if (ready === undefined && inHand === undefined && delayed === undefined) return undefined
  return (ready ?? 0) + (inHand ?? 0) + (delayed ?? 0)
}

/** Milliseconds without anything happening; no wait of the demo is as long. A broker may need a while to see that a process is dead. */
const SILENCE = { alone: 5000, shared: 20_000 }

/** Wait for something as long as anything at all happens in the store. False: it has gone silent before. */
export function waitIn({ books, place }: Store, condition: () => boolean | Promise<boolean>): Promise<boolean> {
  const within = place.isShared ? SILENCE.shared : SILENCE.alone
  return until(condition, { within, progress: () => books.facts.length })
}
