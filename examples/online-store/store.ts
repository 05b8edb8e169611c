import type { Broker } from '@anymq/core'
import { Books, STEPS, type Step } from './books.ts'
import { intake, inventory, notification, orderPlaced, payment, SOURCES } from './definitions.ts'
import type { OrderFiles } from './order-files.ts'
import { until } from './until.ts'
import { connectTo, type Place } from './place/place.ts'
import { bookLogger } from './workers/life.ts'
import { startTeam } from './workers/team.ts'
import type { Worker } from './workers/worker.ts'
import { makeWorld, type World } from './world/world.ts'

/** The store, open for business. */
export interface Store {
  readonly files: OrderFiles
  readonly books: Books
  readonly world: World
  readonly team: readonly Worker[]
  /** The store's own broker object: it sends the lines and looks after the dead letters. */
  readonly office: Broker
  readonly place: Place
  close(): Promise<void>
}

/** @throws MqError when the broker cannot be reached or cannot serve the definitions */
export async function openStore(place: Place, files: OrderFiles, seed: number): Promise<Store> {
  const books = new Books()
  const { record } = books
  const world = makeWorld(files.catalogue, seed, record)
  const office = await connectTo(place)({
    definitions: [intake, orderPlaced, payment, inventory, notification],
    logger: bookLogger(record),
  })
  try {
    const team = await startTeam(world, place, record)
    const close = async (): Promise<void> => {
      await Promise.all([...team, office].map((one) => one.close()))
    }
    return { files, books, world, team, office, place, close }
  } catch (error) {
    await office.close()
    throw error
  }
}

/** Messages of each step, by what they wait for. Undefined where the broker does not tell. */
export interface Backlog {
  readonly ready: number | undefined
  readonly inHand: number | undefined
  readonly delayed: number | undefined
  readonly dead: number | undefined
}

export async function backlogs(office: Broker): Promise<ReadonlyMap<Step, Backlog>> {
  const read = async (step: Step): Promise<readonly [Step, Backlog]> => {
    const { ready, leased, delayed, dead } = await office.stats(SOURCES[step])
    return [step, { ready, inHand: leased, delayed, dead }]
  }
  return new Map(await Promise.all(STEPS.map(read)))
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
