import { formatDuration } from '../duration.ts'
import { MqError } from '../errors.ts'
import { errorOf } from '../failure-error.ts'
import { guardedCall } from '../mechanism/guarded-call.ts'
import type { Runtime } from '../runtime.ts'
import type { Feed } from '../spi/driver.ts'
import type { BatchResult, Failure } from '../spi/messages.ts'
import { SETTLED, SETTLING } from './delivery-state.ts'
import type { Delivery, SettleWaiter } from './delivery.ts'
import type { FeedLink } from './feed-link.ts'
import type { Holdings } from './holdings.ts'
import { leaseLost } from './settlements.ts'

type Failed = NonNullable<BatchResult['failed']>[number]

/** Asks the broker for more time: for what the keeper finds due, and for what a user wants to keep. */
export class Extensions {
  readonly #runtime: Runtime
  readonly #source: string
  readonly #link: FeedLink
  readonly #holdings: Holdings
  readonly #lost: (delivery: Delivery, error: MqError) => void
  readonly #again: () => void

  /** @param again renewals failed that may succeed later */
  constructor(
    runtime: Runtime,
    source: string,
    link: FeedLink,
    holdings: Holdings,
    { lost, again }: { readonly lost: (delivery: Delivery, error: MqError) => void; readonly again: () => void },
  ) {
    this.#runtime = runtime
    this.#source = source
    this.#link = link
    this.#holdings = holdings
    this.#lost = lost
    this.#again = again
  }

  /**
   * Renew in one batch, in the belief that it succeeds. What fails ends when it did `before` and is tried again soon: the
   * lease itself is the deadline.
   */
  renew(deliveries: readonly Delivery[], lease: number, before: readonly number[]): void {
    const { feed } = this.#link
    const believed = deliveries.map(({ leaseUntil }) => leaseUntil)
    if (feed === null) {
      // A broker may deliver before it has answered that it does.
      deliveries.forEach((delivery, index) => this.#putBack(delivery, believed[index]!, before[index]!))
      return this.#again()
    }
    const batch = deliveries.map((delivery) => ({
      receipt: delivery.incoming.receipt,
      action: 'extend' as const,
      lease,
    }))
    const refused = (failed: readonly Failed[]): void => {
      const passing = failed.filter(({ failure }) => failure.code !== 'MQ_LEASE_LOST')
      for (const { index } of passing) this.#putBack(deliveries[index]!, believed[index]!, before[index]!)
      for (const { index, failure } of failed)
        if (failure.code === 'MQ_LEASE_LOST') this.#gone(deliveries[index]!, failure)
      if (passing.length > 0 && feed === this.#link.feed) this.#tryAgain(passing)
    }
    guardedCall(() => feed.settle(batch, false)).then(
      ({ failed }) => refused(failed ?? []),
      (error: unknown) => {
        const failure = this.#link.classify(error)
        refused(deliveries.map((_, index) => ({ index, failure })))
      },
    )
  }

  #tryAgain(failed: readonly Failed[]): void {
    this.#runtime.log.warn(
      { source: this.#source, count: failed.length, error: failed[0]!.failure.message },
      'leases could not be extended; trying again before they end',
    )
    this.#again()
  }

  /** The lease ends when it did before, unless it has been renewed otherwise meanwhile. */
  #putBack(delivery: Delivery, believed: number, before: number): void {
    const held = this.#holderOf(delivery)
    if (held?.leaseUntil === believed) this.#holdings.renewed(held, before)
  }

  /** Rejects with MQ_INVALID where nobody can have a message for so long. */
  refusal(lease: number): Promise<never> | undefined {
    const limit = this.#link.manifest?.maxHold ?? Infinity
    return lease > limit ? Promise.reject(tooLong(lease, limit, this.#source)) : undefined
  }

  /** A user wants to keep a message for `lease` milliseconds from now. */
  extend(delivery: Delivery, lease: number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    promise.catch(ignore)
    const waiter = { resolve, reject }
    ;(delivery.extensions ??= new Set()).add(waiter)
    const { feed } = this.#link
    if (feed !== null) this.#ask(feed, delivery, lease, waiter)
    // A broker may deliver before it has answered that it does.
    else void this.#link.opened().then((opened) => this.#ask(opened, delivery, lease, waiter))
    return promise
  }

  #ask(feed: Feed<unknown>, delivery: Delivery, lease: number, waiter: SettleWaiter): void {
    // Lost meanwhile: the waiter knows.
    if (delivery.extensions?.has(waiter) !== true) return
    const done = (failure?: Failure): void => this.#extended(delivery, lease, waiter, failure)
    guardedCall(() => feed.settle([{ receipt: delivery.incoming.receipt, action: 'extend', lease }], true)).then(
      ({ failed }) => done(failed?.[0]?.failure),
      (error: unknown) => done(this.#link.classify(error)),
    )
  }

  #extended(delivery: Delivery, lease: number, waiter: SettleWaiter, failure: Failure | undefined): void {
    // Lost meanwhile: the waiter knows.
    if (delivery.extensions?.delete(waiter) !== true) return
    if (failure?.code === 'MQ_LEASE_LOST') {
      waiter.reject(leaseLost(delivery, failure.message))
      return this.#gone(delivery, failure)
    }
    if (failure !== undefined) return waiter.reject(errorOf(failure, this.#runtime.adapter, this.#source))
    if (delivery.leaseUntil !== 0 && delivery.state < SETTLED)
      this.#holdings.renewed(delivery, this.#runtime.clock.monotonic() + lease)
    waiter.resolve()
  }

  /** A settlement that overtook the renewal has ended the lease by itself. */
  #gone(delivery: Delivery, failure: Failure): void {
    const held = this.#holderOf(delivery)
    if (held !== undefined && held.state !== SETTLING) this.#lost(held, leaseLost(held, failure.message))
  }

  /** Settled, and yet held: it waits for its next attempt under another delivery. */
  #holderOf(delivery: Delivery): Delivery | undefined {
    return delivery.state < SETTLED ? delivery : this.#holdings.find(delivery.incoming.receipt)
  }
}

function tooLong(asked: number, limit: number, source: string): MqError {
  return new MqError(
    'MQ_INVALID',
    `extend: ${formatDuration(asked)} is longer than this broker lets a message be held, which is ${formatDuration(limit)} at most`,
    { destination: source },
  )
}

function ignore(): void {
  // The caller has the same promise.
}
