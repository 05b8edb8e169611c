import type { Runtime } from '../runtime.ts'
import type { Driver, Feed } from '../spi/driver.ts'
import type { Incoming } from '../spi/messages.ts'
import type { Target } from '../spi/target.ts'

/** How long a browse waits for the next message that must be there. */
const PATIENCE = 5000
const LEASE = 60_000

/** Messages held for a look, and the feed that can give them back or move them. */
export interface Held {
  readonly messages: readonly Incoming<unknown>[]
  readonly feed: Feed<unknown>
}

/**
 * Lease up to `max` of the messages that are in a queue now, hand them to `use`, and give back what `use` did not settle.
 * `browse` is for looking only: counters move as little as the broker allows.
 */
export async function withHeld<T>(
  runtime: Runtime,
  driver: Driver,
  target: Target,
  how: { max: number; browse: boolean },
  use: (held: Held) => Promise<T>,
): Promise<T> {
  const { ready } = await driver.stats(target)
  const wanted = Math.min(how.max, ready ?? how.max)
  const gathering = new Gathering(runtime, wanted)
  const options = {
    window: Math.max(1, wanted),
    span: Math.max(1, wanted),
    lease: LEASE,
    preference: 0,
    browse: how.browse,
  }
  const feed = await driver.open(target, options, gathering)
  try {
    const messages = await gathering.complete
    await feed.stop()
    return await use({ messages, feed })
  } finally {
    // Closing a feed gives back what it still holds; a browse that ends early loses nothing.
    await feed.close()
  }
}

class Gathering {
  readonly complete: Promise<readonly Incoming<unknown>[]>
  readonly #got: Incoming<unknown>[] = []
  readonly #wanted: number
  #finish!: () => void
  #fail!: (error: unknown) => void

  constructor(runtime: Runtime, wanted: number) {
    this.#wanted = wanted
    this.complete = new Promise((resolve, reject) => {
      // Somebody else may have taken what was counted: patience ends, with what came.
      const timer = runtime.clock.setTimer(() => resolve(this.#got), PATIENCE)
      this.#finish = () => {
        timer.cancel()
        resolve(this.#got)
      }
      this.#fail = (error) => {
        timer.cancel()
        reject(error)
      }
    })
    if (wanted === 0) this.#finish()
  }

  deliver(batch: readonly Incoming<unknown>[]): void {
    this.#got.push(...batch)
    if (this.#got.length >= this.#wanted) this.#finish()
  }

  demand(): number | Promise<number> {
    const open = this.#wanted - this.#got.length
    return open > 0 ? open : new Promise<number>(() => undefined)
  }

  revoke(): void {
    this.#fail(new Error('the broker took the dead letters back'))
  }

  fail(error: unknown): void {
    this.#fail(error)
  }
}
