import type { Driver } from '../spi/driver.ts'
import type { BatchResult, Failure, Outgoing } from '../spi/messages.ts'
import type { Target } from '../spi/target.ts'
import { refusals } from './refusals.ts'

/**
 * Topics, where the broker has none: one queue per listed group, and a send is a copy to each. A copy that fails is tried
 * again to the missing groups alone, with the same id. It costs as many broker operations per message as there are groups.
 */
export class FanOut {
  readonly #groups = new Map<string, Map<string, Target>>()
  /** Which groups have a message already, while its send is not over. */
  readonly #reached = new WeakMap<Outgoing, Set<string>>()

  /** The group exists from now on. Returns the queue that it is. */
  add(group: Target): Target {
    const asQueue = queueOf(group)
    const topic = group.of ?? ''
    const groups = this.#groups.get(topic)
    if (groups === undefined) this.#groups.set(topic, new Map([[group.address, asQueue]]))
    else groups.set(group.address, asQueue)
    return asQueue
  }

  async send(driver: Driver, topic: Target, batch: readonly Outgoing[]): Promise<BatchResult> {
    const groups = [...(this.#groups.get(topic.address)?.values() ?? [])]
    if (groups.length === 0) return { unroutable: batch.map((_, index) => index) }
    const missed: Missed[][] = batch.map(() => [])
    await Promise.all(groups.map((group) => this.#sendTo(driver, group, batch, missed)))
    const failed = missed.flatMap((by, index) =>
      by.length === 0 ? [] : [{ index, failure: together(by, groups.length) }],
    )
    return failed.length === 0 ? {} : { failed }
  }

  async #sendTo(driver: Driver, group: Target, batch: readonly Outgoing[], missed: Missed[][]): Promise<void> {
    const places: number[] = []
    batch.forEach((message, place) => {
      if (this.#reached.get(message)?.has(group.address) !== true) places.push(place)
    })
    if (places.length === 0) return
    const messages = places.map((place) => batch[place]!)
    const failures = await refusals(driver, group, messages)
    places.forEach((place, index) => {
      const failure = failures.get(index)
      if (failure === undefined) this.#arrived(batch[place]!, group)
      else missed[place]!.push({ group: group.name, failure })
    })
  }

  #arrived(message: Outgoing, { address }: Target): void {
    const reached = this.#reached.get(message)
    if (reached === undefined) this.#reached.set(message, new Set([address]))
    else reached.add(address)
  }
}

interface Missed {
  readonly group: string
  readonly failure: Failure
}

/** One word for all groups that miss a message: as soon as one has it, the send is no longer `not-sent`. */
function together(missed: readonly Missed[], groups: number): Failure {
  const [first] = missed
  const isPartial = missed.length < groups || missed.some(({ failure }) => failure.outcome === 'unknown')
  return {
    code: first!.failure.code,
    // One that fails for good keeps nobody else from getting it.
    retryable: missed.some(({ failure }) => failure.retryable),
    outcome: isPartial ? 'unknown' : 'not-sent',
    message: missed.map(({ group, failure }) => `"${group}" did not get it: ${failure.message}`).join('; '),
    cause: first!.failure.cause,
  }
}

/** The driver knows queues only. */
export function queueOf(group: Target): Target {
  return { ...group, kind: 'queue', role: 'main', of: undefined }
}
