import type { Clock } from '../mechanism/clock.ts'
import type { Driver, EnsureMode, Ensured, Feed, OpenOptions, Sink } from '../spi/driver.ts'
import type { Manifest } from '../spi/manifest.ts'
import type { BatchResult, Failure, Outgoing, Stats } from '../spi/messages.ts'
import type { Target } from '../spi/target.ts'
import { weakest } from '../provision/weaker.ts'
import { MovingFeed } from './moving-feed.ts'
import { openParts } from './parted-feed.ts'
import type { RoutedSend } from './routed-send.ts'
import type { Router } from './router.ts'

/** The driver itself, or one that makes up for what its broker lacks. The rest of core sees no difference. */
export function emulated(driver: Driver, routed: RoutedSend, clock: Clock): Driver {
  const { router } = routed
  router.use(driver.manifest)
  const { atomicMove, capabilities } = driver.manifest
  const isNative = Object.values(capabilities).every((level) => level !== 'emulated') && !router.relays
  return atomicMove && isNative ? driver : new EmulatedDriver(driver, routed, clock)
}

class EmulatedDriver implements Driver {
  readonly manifest: Manifest
  readonly native: unknown
  readonly #driver: Driver
  readonly #router: Router
  readonly #clock: Clock
  readonly #routed: RoutedSend

  constructor(driver: Driver, routed: RoutedSend, clock: Clock) {
    this.manifest = driver.manifest
    this.native = driver.native
    this.#driver = driver
    this.#router = routed.router
    this.#clock = clock
    this.#routed = routed
  }

  async ensure(target: Target, mode: EnsureMode): Promise<Ensured> {
    let all: Ensured = {}
    for (const place of this.#router.places(target)) all = merged(all, await this.#driver.ensure(place, mode))
    return all
  }

  send(target: Target, batch: readonly Outgoing[]): Promise<BatchResult> {
    if (this.#router.isPlain(target) && !(this.#router.relays && batch.some(hasToWait)))
      return this.#driver.send(this.#router.sources(target)[0]!, batch)
    return this.#routed.send(this.#driver, target, batch, this.#clock.now())
  }

  async open(target: Target, options: OpenOptions, sink: Sink<unknown>): Promise<Feed<unknown>> {
    const places = this.#router.sources(target)
    const feed = await (places.length === 1 && !places[0]!.exclusive
      ? this.#driver.open(places[0]!, options, sink)
      : openParts(this.#driver, target, places, options, sink))
    return new MovingFeed(this, feed, (settlement) => this.#asOneMove(settlement.to, settlement.message))
  }

  async stats(target: Target): Promise<Stats> {
    const [places, waits] = await Promise.all([
      this.#statsOf(this.#router.sources(target)),
      this.#statsOf(this.#router.waits(target)),
    ])
    const waiting = waits.length === 0 ? 0 : waits.reduce<number | undefined>((all, one) => sum(all, held(one)), 0)
    return {
      ready: places.reduce<number | undefined>((all, { ready }) => sum(all, ready), 0),
      leased: places.reduce<number | undefined>((all, { leased }) => sum(all, leased), 0),
      delayed: places.reduce<number | undefined>((all, { delayed }) => sum(all, delayed), waiting),
      oldest: places.reduce<number | undefined>((oldest, one) => earlier(oldest, one.oldest), undefined),
    }
  }

  async purge(target: Target): Promise<void> {
    for (const place of this.#router.sources(target)) await this.#driver.purge(place)
  }

  async remove(target: Target): Promise<void> {
    const places = this.#router.places(target)
    this.#router.forget(target)
    for (const place of places) await this.#driver.remove(place)
  }

  classify(error: unknown): Failure {
    return this.#driver.classify(error)
  }

  close(): Promise<void> {
    return this.#driver.close()
  }

  /** The one physical place that a move leads to, where the broker can do it in one step; else it is published, confirmed, settled. */
  #asOneMove(to: Target, message: Outgoing): { readonly to: Target; readonly message: Outgoing } | undefined {
    if (!this.manifest.atomicMove) return undefined
    const routes = this.#router.routes(to, message, this.#clock.now())
    // A broker moves to one queue; a topic may have several.
    return routes.length === 1 && routes[0]!.to.kind !== 'topic' ? routes[0] : undefined
  }

  #statsOf(places: readonly Target[]): Promise<Stats[]> {
    return Promise.all(places.map((place) => this.#driver.stats(place)))
  }
}

function hasToWait({ notBefore }: Outgoing): boolean {
  return notBefore > 0
}

function held({ ready, leased, delayed }: Stats): number | undefined {
  return sum(sum(ready, leased), delayed)
}

function sum(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a + b
}

function earlier(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b)
}

/** Several places as one. */
function merged(a: Ensured, b: Ensured): Ensured {
  const unverified = [...(a.unverified ?? []), ...(b.unverified ?? [])]
  const created = a.created === true || b.created === true ? true : (a.created ?? b.created)
  return {
    weaker: weakest(a.weaker ?? {}, b.weaker ?? {}),
    ...(unverified.length > 0 && { unverified }),
    ...(created !== undefined && { created }),
    fingerprint: b.fingerprint || a.fingerprint || '',
  }
}
