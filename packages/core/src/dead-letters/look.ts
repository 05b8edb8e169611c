import { bounded } from '../mechanism/bounded.ts'
import type { Clock } from '../mechanism/clock.ts'
import { guardedCall } from '../mechanism/guarded-call.ts'
import type { Runtime } from '../runtime.ts'
import type { Driver, Feed } from '../spi/driver.ts'
import type { Failure, Incoming, Settlement } from '../spi/messages.ts'
import type { Target } from '../spi/target.ts'
import type { Supervisor } from '../supervisor.ts'
import { WIRE } from '../wire/names.ts'
import { numberOf } from '../wire/read.ts'
import { Gathering, PATIENCE } from './gathering.ts'
import { restedStats } from './rested-stats.ts'
import { total } from './total.ts'

const LEASE = 60_000

/** What is looked at. */
export interface LookOptions {
  readonly target: Target
  /** Most messages looked at. */
  readonly max: number
  /** Messages at a time. */
  readonly slice: number
  /** For looking only: counters move as little as the broker allows. */
  readonly browse: boolean
  /** Ends every wait of the look; what it is used for decides what then. */
  readonly signal: AbortSignal | undefined
}

/**
 * A look through a queue, slice by slice. What was handed out is held until it is settled or the look ends, so that nothing
 * comes twice; of what is held only the receipt is kept in memory.
 */
export class Look {
  /** All that lay there at the start, also what others hold; undefined where the broker does not tell. */
  readonly total: number | undefined
  /** Wall time. */
  readonly #start: number
  readonly #feed: Feed<unknown>
  readonly #gathering: Gathering
  readonly #slice: number
  readonly #span: number
  #left: number
  #window: number
  #ranDry = false

  constructor(
    feed: Feed<unknown>,
    gathering: Gathering,
    size: { start: number; total: number | undefined; left: number; slice: number; span: number },
  ) {
    this.#feed = feed
    this.#gathering = gathering
    this.#start = size.start
    this.total = size.total
    this.#left = size.left
    this.#slice = size.slice
    this.#span = size.span
    this.#window = windowOf(size)
  }

  /** True when nothing more came though more was wanted. */
  get ranDry(): boolean {
    return this.#ranDry
  }

  /** The next messages; none when there are no more, `max` is reached, or the broker lets nobody hold more. */
  async next(): Promise<readonly Incoming<unknown>[]> {
    const count = Math.min(this.#slice, this.#left, this.#span - this.#gathering.held)
    if (count <= 0 || this.#ranDry) return []
    await this.#makeRoom(count)
    this.#gathering.want(count)
    const slice = await this.#gathering.gathered()
    this.#ranDry = slice.length < count
    this.#left -= slice.length
    return slice
  }

  /** Where somebody else holds a counted one, a newer one may have come in its place. */
  isNewer({ headers }: Incoming<unknown>): boolean {
    return (numberOf(headers[WIRE.failedLastAt]) ?? 0) > this.#start
  }

  /** Apply in order. Returns which were refused; those stay. */
  async settle(batch: readonly Settlement<unknown>[]): Promise<ReadonlyMap<number, Failure>> {
    const { failed = [] } = await this.#feed.settle(batch, true)
    const refused = new Map(failed.map(({ index, failure }) => [index, failure]))
    batch.forEach(({ receipt }, index) => {
      if (!refused.has(index)) this.#gathering.settled(receipt)
    })
    return refused
  }

  /** Let time pass, unless the signal aborts. Rejects when the feed dies. */
  pause(ms: number): Promise<void> {
    return this.#gathering.wait(ms)
  }

  /** What is kept counts against the window of a broker that pushes: it must grow for more to come. */
  async #makeRoom(count: number): Promise<void> {
    const needed = this.#gathering.held + count
    if (needed <= this.#window) return
    this.#window = needed
    await this.#gathering.during(guardedCall(() => this.#feed.resize(needed)))
  }
}

/** Look through what is in a queue now and give back what `use` did not settle. Rejects as soon as the feed dies or the connection is lost. */
export async function withLook<T>(
  runtime: Runtime,
  supervisor: Supervisor,
  what: LookOptions,
  use: (look: Look) => Promise<T>,
): Promise<T> {
  const driver = supervisor.connected()
  const { clock } = runtime
  const start = clock.now()
  const stats = await restedStats(driver, what.target, clock)
  const left = Math.min(what.max, stats.ready ?? what.max)
  const size = { start, total: total(stats), left, slice: what.slice, span: driver.manifest.span }
  const gathering = new Gathering(clock)
  gathering.want(windowOf(size))
  const hurry = (): void => gathering.hurry()
  if (what.signal?.aborted === true) hurry()
  what.signal?.addEventListener('abort', hurry, { once: true })
  supervisor.attach(gathering)
  try {
    const feed = await openedFor(gathering, driver, what, size)
    const letGo = keep(clock, feed, gathering)
    try {
      return await use(new Look(feed, gathering, size))
    } finally {
      letGo()
      await end(feed, clock)
    }
  } finally {
    supervisor.detach(gathering)
    what.signal?.removeEventListener('abort', hurry)
  }
}

function windowOf({ left, slice, span }: { left: number; slice: number; span: number }): number {
  return Math.min(left, slice, span)
}

/** Closing a feed gives back what it still holds; a look that ends early loses nothing. */
async function end(feed: Feed<unknown>, clock: Clock): Promise<void> {
  await bounded(guardedCall(() => feed.stop()).catch(ignore), clock, PATIENCE)
  await bounded(guardedCall(() => feed.close()).catch(ignore), clock, PATIENCE)
}

/** Renews the leases of what is held, as long as the look takes. Returns how to end it. */
function keep(clock: Clock, feed: Feed<unknown>, gathering: Gathering): () => void {
  let timer = clock.setTimer(renew, LEASE / 2)
  function renew(): void {
    timer = clock.setTimer(renew, LEASE / 2)
    const batch = gathering.timed.map((receipt) => ({ receipt, action: 'extend' as const, lease: LEASE }))
    if (batch.length > 0) guardedCall(() => feed.settle(batch, false)).catch(ignore)
  }
  return () => timer.cancel()
}

/** The feed, unless it dies before it is open; one that is open too late is closed. */
async function openedFor(
  gathering: Gathering,
  driver: Driver,
  { target, browse }: LookOptions,
  size: { left: number; slice: number; span: number },
): Promise<Feed<unknown>> {
  const options = {
    window: Math.max(1, windowOf(size)),
    span: Math.max(1, Math.min(size.left, size.span)),
    lease: LEASE,
    preference: 0,
    browse,
  }
  const opening = driver.open(target, options, gathering)
  try {
    return await gathering.during(opening)
  } catch (error) {
    opening.then((feed) => feed.close()).catch(ignore)
    throw error
  }
}

function ignore(): void {
  // The look is over: how its feed ends changes nothing.
}
