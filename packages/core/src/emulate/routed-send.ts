import type { Driver } from '../spi/driver.ts'
import type { BatchResult, Failure, Outgoing } from '../spi/messages.ts'
import type { Target } from '../spi/target.ts'
import { refusals } from './refusals.ts'
import type { Router } from './router.ts'

/** Messages of a batch that go to one physical place, and where they stood in the batch. */
interface Share {
  readonly to: Target
  readonly messages: Outgoing[]
  readonly places: number[]
}

/** What became of a batch, by place. */
interface Outcome {
  readonly batch: readonly Outgoing[]
  /** How many places each message goes to. */
  readonly routes: readonly number[]
  readonly missed: readonly Missed[][]
  readonly duplicates: number[]
}

/** A place that did not get its copy. */
interface Missed {
  readonly place: Target
  readonly failure: Failure
}

/**
 * Sends a batch along its routes, one call per physical place. Where a message has several, one for each group, a copy that fails
 * is tried again to the missing ones alone, with the same id. It costs as many broker operations per message as it has routes. It
 * outlives a connection: a send may go on over the next one.
 */
export class RoutedSend {
  readonly router: Router
  /** Which places have a message already, while its send is not over. */
  readonly #reached = new WeakMap<Outgoing, Set<string>>()

  constructor(router: Router) {
    this.router = router
  }

  async send(driver: Driver, target: Target, batch: readonly Outgoing[], now: number): Promise<BatchResult> {
    const shares = new Map<Target, Share>()
    const routes = batch.map((message, place) => this.#share(shares, target, message, place, now))
    const missed = batch.map((): Missed[] => [])
    const duplicates: number[] = []
    const outcome: Outcome = { batch, routes, missed, duplicates }
    await Promise.all([...shares.values()].map((share) => this.#sendShare(driver, share, outcome)))
    const failed = missed.flatMap((by, index) =>
      by.length === 0 ? [] : [{ index, failure: together(by, routes[index]!) }],
    )
    const unroutable = routes.flatMap((count, index) => (count === 0 ? [index] : []))
    return {
      ...(failed.length > 0 && { failed }),
      ...(unroutable.length > 0 && { unroutable }),
      ...(duplicates.length > 0 && { duplicates }),
    }
  }

  /** How many routes it has, those included that have it already. */
  #share(shares: Map<Target, Share>, target: Target, message: Outgoing, place: number, now: number): number {
    const routes = this.router.routes(target, message, now)
    for (const { to, message: copy } of routes) {
      if (this.#reached.get(message)?.has(to.address) === true) continue
      const share = shares.get(to)
      if (share === undefined) shares.set(to, { to, messages: [copy], places: [place] })
      else {
        share.messages.push(copy)
        share.places.push(place)
      }
    }
    return routes.length
  }

  async #sendShare(
    driver: Driver,
    { to, messages, places }: Share,
    { batch, routes, missed, duplicates }: Outcome,
  ): Promise<void> {
    const { failures, repeats } = await refusals(driver, to, messages)
    places.forEach((place, index) => {
      const failure = failures.get(index)
      if (failure !== undefined) missed[place]!.push({ place: to, failure })
      // One that goes to one place is there or is not.
      else if (routes[place]! > 1) this.#arrived(batch[place]!, to)
      if (repeats.includes(index)) duplicates.push(place)
    })
  }

  #arrived(message: Outgoing, { address }: Target): void {
    const reached = this.#reached.get(message)
    if (reached === undefined) this.#reached.set(message, new Set([address]))
    else reached.add(address)
  }
}

/** One word for all places that miss a message: as soon as one has it, the send is no longer `not-sent`. */
function together(missed: readonly Missed[], routes: number): Failure {
  const [first] = missed
  if (routes === 1) return first!.failure
  const isPartial = missed.length < routes || missed.some(({ failure }) => failure.outcome === 'unknown')
  return {
    code: first!.failure.code,
    // One that fails for good keeps nobody else from getting it.
    retryable: missed.some(({ failure }) => failure.retryable),
    outcome: isPartial ? 'unknown' : 'not-sent',
    message: missed.map(({ place, failure }) => `"${place.name}" did not get it: ${failure.message}`).join('; '),
    cause: first!.failure.cause,
  }
}
