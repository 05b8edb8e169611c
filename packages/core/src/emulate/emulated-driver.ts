import type { Driver, Feed, OpenOptions, Sink } from '../spi/driver.ts'
import type { Manifest } from '../spi/manifest.ts'
import type { BatchResult, Failure, Outgoing, Stats } from '../spi/messages.ts'
import type { Target } from '../spi/target.ts'
import { queueOf, type FanOut } from './fan-out.ts'
import { MovingFeed } from './moving-feed.ts'

/** The driver itself, or one that makes up for what its broker lacks. The rest of core sees no difference. */
export function emulated(driver: Driver, fanOut: FanOut): Driver {
  const { atomicMove, capabilities } = driver.manifest
  return atomicMove && capabilities.groups !== 'emulated' ? driver : new EmulatedDriver(driver, fanOut)
}

class EmulatedDriver implements Driver {
  readonly manifest: Manifest
  readonly native: unknown
  readonly #driver: Driver
  readonly #fanOut: FanOut
  readonly #fans: boolean

  constructor(driver: Driver, fanOut: FanOut) {
    this.manifest = driver.manifest
    this.native = driver.native
    this.#driver = driver
    this.#fanOut = fanOut
    this.#fans = driver.manifest.capabilities.groups === 'emulated'
  }

  async ensure(target: Target, mode: 'create' | 'verify'): Promise<Partial<Manifest>> {
    if (this.#fans && target.kind === 'topic') return {}
    return this.#driver.ensure(this.#fans && target.kind === 'group' ? this.#fanOut.add(target) : target, mode)
  }

  send(target: Target, batch: readonly Outgoing[]): Promise<BatchResult> {
    if (this.#fans && target.kind === 'topic') return this.#fanOut.send(this.#driver, target, batch)
    return this.#driver.send(this.#physical(target), batch)
  }

  async open(target: Target, options: OpenOptions, sink: Sink<unknown>): Promise<Feed<unknown>> {
    const feed = await this.#driver.open(this.#physical(target), options, sink)
    // Copies go the way of every other send, so that one to a group finds its queue.
    return this.manifest.atomicMove ? feed : new MovingFeed(this, feed)
  }

  stats(target: Target): Promise<Stats> {
    return this.#driver.stats(this.#physical(target))
  }

  purge(target: Target): Promise<void> {
    return this.#driver.purge(this.#physical(target))
  }

  remove(target: Target): Promise<void> {
    return this.#driver.remove(this.#physical(target))
  }

  classify(error: unknown): Failure {
    return this.#driver.classify(error)
  }

  close(): Promise<void> {
    return this.#driver.close()
  }

  #physical(target: Target): Target {
    return this.#fans && target.kind === 'group' ? queueOf(target) : target
  }
}
