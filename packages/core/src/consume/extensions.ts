import type { MqError } from '../errors.ts'
import { errorOf } from '../failure-error.ts'
import { guardedCall } from '../mechanism/guarded-call.ts'
import type { Runtime } from '../runtime.ts'
import type { Failure } from '../spi/messages.ts'
import { SETTLED, SETTLING } from './delivery-state.ts'
import type { Delivery, SettleWaiter } from './delivery.ts'
import type { FeedLink } from './feed-link.ts'
import type { Holdings } from './holdings.ts'
import { leaseLost } from './settlements.ts'

/** Asks the broker for more time: for what the keeper finds due, and for what a user wants to keep. */
export class Extensions {
  readonly #runtime: Runtime
  readonly #source: string
  readonly #link: FeedLink
  readonly #holdings: Holdings
  readonly #lost: (delivery: Delivery, error: MqError) => void

  constructor(
    runtime: Runtime,
    source: string,
    link: FeedLink,
    holdings: Holdings,
    lost: (delivery: Delivery, error: MqError) => void,
  ) {
    this.#runtime = runtime
    this.#source = source
    this.#link = link
    this.#holdings = holdings
    this.#lost = lost
  }

  /** Renew in one batch. What fails comes again at the next half-life; the lease itself is the deadline. */
  renew(deliveries: readonly Delivery[], lease: number): void {
    const { feed } = this.#link
    if (feed === null) return
    const batch = deliveries.map((delivery) => ({
      receipt: delivery.incoming.receipt,
      action: 'extend' as const,
      lease,
    }))
    guardedCall(() => feed.settle(batch, false)).then(
      ({ failed }) => {
        for (const { index, failure } of failed ?? []) this.#notRenewed(deliveries[index], failure)
      },
      (error: unknown) =>
        this.#runtime.log.warn(
          { source: this.#source, error: this.#link.classify(error).message },
          'leases could not be extended',
        ),
    )
  }

  /** A user wants to keep a message for `lease` milliseconds from now. */
  extend(delivery: Delivery, lease: number): Promise<void> {
    const { feed } = this.#link
    if (feed === null) return Promise.resolve()
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    promise.catch(ignore)
    const waiter = { resolve, reject }
    ;(delivery.extensions ??= new Set()).add(waiter)
    const done = (failure?: Failure): void => this.#extended(delivery, lease, waiter, failure)
    guardedCall(() => feed.settle([{ receipt: delivery.incoming.receipt, action: 'extend', lease }], true)).then(
      ({ failed }) => done(failed?.[0]?.failure),
      (error: unknown) => done(this.#link.classify(error)),
    )
    return promise
  }

  #extended(delivery: Delivery, lease: number, waiter: SettleWaiter, failure: Failure | undefined): void {
    // Lost meanwhile: the waiter knows.
    if (delivery.extensions?.delete(waiter) !== true) return
    if (failure?.code === 'MQ_LEASE_LOST') {
      waiter.reject(leaseLost(delivery, failure.message))
      return this.#notRenewed(delivery, failure)
    }
    if (failure !== undefined) return waiter.reject(errorOf(failure, this.#runtime.adapter, this.#source))
    if (delivery.leaseUntil !== 0 && delivery.state < SETTLED)
      this.#holdings.renewed(delivery, this.#runtime.clock.monotonic() + lease)
    waiter.resolve()
  }

  /** A settlement that overtook the renewal has ended the lease by itself. */
  #notRenewed(delivery: Delivery | undefined, failure: Failure): void {
    if (delivery === undefined || failure.code !== 'MQ_LEASE_LOST') return
    // Settled, and yet held: it waits for its next attempt under another delivery.
    const held = delivery.state < SETTLED ? delivery : this.#holdings.find(delivery.incoming.receipt)
    if (held === undefined || held.state === SETTLING) return
    this.#lost(held, leaseLost(held, failure.message))
  }
}

function ignore(): void {
  // The caller has the same promise.
}
