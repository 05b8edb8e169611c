import { setTimeout as sleep } from 'node:timers/promises'
import type { Step } from '../facts.ts'
import { backlogs, type Backlog, type Store } from '../store.ts'
import type { Clock } from './clock.ts'
import type { Screen } from './screen.ts'
import { number } from './words.ts'

const EVERY = 150
const COLUMNS = ['ready', 'in hand', 'waiting', 'done', 'retries', 'dead'] as const

/** Shows how the store is doing until it is stopped. */
export function watch(store: Store, screen: Screen, clock: Clock): { stop(): Promise<void> } {
  const stopping = new AbortController()
  const watching = show(store, screen, clock, stopping.signal)
  return {
    stop: async () => {
      stopping.abort()
      await watching
      screen.finish()
    },
  }
}

async function show(store: Store, screen: Screen, clock: Clock, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    // While a connection is away there is nothing to show; the next look may have it again.
    const now = await backlogs(store).catch(() => undefined)
    if (now !== undefined) screen.show(pictureOf(store, now, clock), shortOf(store, now, clock))
    await sleep(EVERY, undefined, { signal }).catch(() => undefined)
  }
}

function pictureOf(store: Store, now: ReadonlyMap<Step, Backlog>, clock: Clock): string[] {
  const head = `${clock.text()}  ${''.padEnd(14)}${COLUMNS.map((name) => name.padStart(9)).join('')}`
  const rows = [...now].map(([step, backlog]) => rowOf(store, step, backlog))
  return ['', head, ...rows, '', `         the payment provider is ${store.world.provider.isDown ? 'DOWN' : 'up'}`]
}

function rowOf({ books }: Store, step: Step, { ready, inHand, delayed, dead }: Backlog): string {
  const { done, retries } = books.tally(step)
  const cells = [ready, inHand, delayed, done, retries, dead].map((value) => number(value).padStart(9))
  return `         ${step.padEnd(14)}${cells.join('')}`
}

function shortOf({ books, world }: Store, now: ReadonlyMap<Step, Backlog>, clock: Clock): string {
  const done = [...now.keys()].map((step) => `${step} ${number(books.tally(step).done)}`).join(', ')
  const letters = number([...now.values()].reduce((sum, { dead }) => sum + (dead ?? 0), 0))
  const down = world.provider.isDown ? ', the payment provider is DOWN' : ''
  return `${clock.text()}  done: ${done}; ${letters} dead letters${down}`
}
