import { WakeUp } from '../mechanism/wake-up.ts'
import type { Runtime } from '../runtime.ts'
import type { Headers, Incoming, SettleAction } from '../spi/messages.ts'
import { SETTLED } from './delivery-state.ts'
import { Delivery } from './delivery.ts'
import type { Holdings } from './holdings.ts'

type Release = Extract<SettleAction, { action: 'release' }>

/**
 * Where the broker does not count failures, a message that waits for its next attempt stays here: unsettled, its lease renewed,
 * its count in memory. It holds no slot of a handler and takes no room in the window. If the process dies the broker delivers it
 * again, and the count begins anew.
 */
export class HeldRetries {
  readonly #runtime: Runtime
  readonly #holdings: Holdings
  readonly #due: (delivery: Delivery) => void
  readonly #waiting = new Map<Delivery, WakeUp>()
  /** Due while nobody takes anything: giving them back would forget their failures. */
  readonly #parked = new Set<Delivery>()

  /** @param due its wait is over */
  constructor(runtime: Runtime, holdings: Holdings, due: (delivery: Delivery) => void) {
    this.#runtime = runtime
    this.#holdings = holdings
    this.#due = due
  }

  get size(): number {
    return this.#waiting.size + this.#parked.size
  }

  /** The delivery is over; the same message comes again, as a new one, after `release.delay` milliseconds. */
  hold(delivery: Delivery, release: Release): void {
    delivery.state = SETTLED
    delivery.settlement = null
    const next = new Delivery(delivery.engine, new HeldMessage(delivery.incoming, release))
    next.leaseUntil = delivery.leaseUntil
    this.#holdings.replace(delivery, next)
    const wakeUp = new WakeUp(() => {
      this.#waiting.delete(next)
      this.#due(next)
    })
    this.#waiting.set(next, wakeUp)
    this.#runtime.wheel.set(wakeUp, release.delay)
  }

  /** True for a message whose failures only this process knows. */
  knows(delivery: Delivery): boolean {
    return delivery.incoming instanceof HeldMessage
  }

  park(delivery: Delivery): void {
    this.#parked.add(delivery)
  }

  /** Somebody takes messages again. */
  unpark(): Delivery[] {
    const parked = [...this.#parked]
    this.#parked.clear()
    return parked
  }

  /** Lost or given back: it is not due any more. */
  forget(delivery: Delivery): void {
    const wakeUp = this.#waiting.get(delivery)
    if (wakeUp !== undefined) this.#runtime.wheel.clear(wakeUp)
    this.#waiting.delete(delivery)
    this.#parked.delete(delivery)
  }

  /** All that wait, in the order in which they began to. */
  all(): Delivery[] {
    return [...this.#waiting.keys(), ...this.#parked]
  }
}

/** The message as a broker that counts failures would deliver it again. */
class HeldMessage implements Incoming<unknown> {
  readonly receipt: unknown
  readonly id: string
  readonly idSource: Incoming<unknown>['idSource']
  readonly body: Uint8Array | null
  readonly headers: Headers
  readonly key: string | undefined
  readonly level: string | undefined
  readonly attempt: number
  readonly note: string
  readonly deliveries: number
  readonly sentAt: number
  readonly brokerTime: number
  readonly leaseUntil: number
  readonly native: unknown

  constructor(before: Incoming<unknown>, { attempt, note }: Release) {
    this.receipt = before.receipt
    this.id = before.id
    this.idSource = before.idSource
    this.body = before.body
    this.headers = before.headers
    this.key = before.key
    this.level = before.level
    this.attempt = attempt
    this.note = note
    this.deliveries = before.deliveries
    this.sentAt = before.sentAt
    this.brokerTime = before.brokerTime
    this.leaseUntil = before.leaseUntil
    this.native = before.native
  }
}
