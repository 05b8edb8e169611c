import type { Runtime } from '../runtime.ts'
import type { Driver, Feed } from '../spi/driver.ts'
import type { Incoming } from '../spi/messages.ts'
import type { Target } from '../spi/target.ts'
import { bounded } from '../mechanism/bounded.ts'
import type { Clock } from '../mechanism/clock.ts'
import { guardedCall } from '../mechanism/guarded-call.ts'
import type { Supervisor } from '../supervisor.ts'
import { Gathering, PATIENCE } from './gathering.ts'
import { restedStats } from './rested-stats.ts'

const LEASE = 60_000

/** Messages held for a look, and the feed that can give them back or move them. */
export interface Held {
  readonly messages: readonly Incoming<unknown>[]
  readonly feed: Feed<unknown>
}

/** What is looked at. `browse`: for looking only, so counters move as little as the broker allows. */
export interface Browse {
  readonly target: Target
  readonly max: number
  readonly browse: boolean
}

/**
 * Lease up to `max` of the messages that are in a queue now, hand them to `use`, and give back what `use` did not settle.
 * Rejects as soon as the feed dies or the connection is lost.
 */
export async function withHeld<T>(
  runtime: Runtime,
  supervisor: Supervisor,
  what: Browse,
  use: (held: Held) => Promise<T>,
): Promise<T> {
  const driver = supervisor.connected()
  const { ready } = await restedStats(driver, what.target, runtime.clock)
  const gathering = new Gathering(runtime.clock, Math.min(what.max, ready ?? what.max))
  supervisor.attach(gathering)
  try {
    const feed = await openedFor(gathering, driver, what)
    const letGo = keep(runtime.clock, feed, gathering)
    try {
      await gathering.gathered()
      await bounded(feed.stop().catch(ignore), runtime.clock, PATIENCE)
      return await use({ messages: gathering.messages, feed })
    } finally {
      letGo()
      // Closing a feed gives back what it still holds; a browse that ends early loses nothing.
      await bounded(feed.close().catch(ignore), runtime.clock, PATIENCE)
    }
  } finally {
    supervisor.detach(gathering)
  }
}

/** Renews the leases of what came, as long as the look takes; what is settled meanwhile does not mind. Returns how to end it. */
function keep(clock: Clock, feed: Feed<unknown>, gathering: Gathering): () => void {
  let timer = clock.setTimer(renew, LEASE / 2)
  function renew(): void {
    timer = clock.setTimer(renew, LEASE / 2)
    const batch = gathering.messages
      .filter(({ leaseUntil }) => leaseUntil !== 0)
      .map(({ receipt }) => ({ receipt, action: 'extend' as const, lease: LEASE }))
    if (batch.length > 0) guardedCall(() => feed.settle(batch, false)).catch(ignore)
  }
  return () => timer.cancel()
}

/** The feed, unless it dies before it is open; one that is open too late is closed. */
async function openedFor(gathering: Gathering, driver: Driver, what: Browse): Promise<Feed<unknown>> {
  const window = Math.max(1, gathering.wanted)
  const options = { window, span: window, lease: LEASE, preference: 0, browse: what.browse }
  const opening = driver.open(what.target, options, gathering)
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
