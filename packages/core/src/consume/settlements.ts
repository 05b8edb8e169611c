import { MqError } from '../errors.ts'
import { WakeUp } from '../mechanism/wake-up.ts'
import type { Runtime } from '../runtime.ts'
import type { Feed } from '../spi/driver.ts'
import type { Failure, Settlement } from '../spi/messages.ts'
import { errorOf } from '../failure-error.ts'
import { LOST, SETTLED, SETTLING, TAKEN } from './delivery-state.ts'
import type { Delivery } from './delivery.ts'
import type { Holdings } from './holdings.ts'
import { Settler } from './settler.ts'

const FIRST_PAUSE = 100
const LONGEST_PAUSE = 5000

/** What settlements ask of the engine. */
export interface SettlementHooks {
  readonly source: string
  classify(error: unknown): Failure
  lost(delivery: Delivery, error: MqError): void
  /** There may be room for more. */
  answered(): void
}

/** From the verdict to the broker's word: the first settlement wins, and what fails in transit is tried again. */
export class Settlements {
  readonly #runtime: Runtime
  readonly #holdings: Holdings
  readonly #hooks: SettlementHooks
  readonly #settler: Settler
  readonly #again = new WakeUp(() => this.#tryAgain())
  #unanswered: Delivery[] = []
  #barriers: { readonly open: Set<Delivery>; readonly resolve: () => void }[] = []
  #pause = FIRST_PAUSE

  constructor(runtime: Runtime, holdings: Holdings, hooks: SettlementHooks) {
    this.#runtime = runtime
    this.#holdings = holdings
    this.#hooks = hooks
    this.#settler = new Settler({
      classify: (error) => hooks.classify(error),
      settled: (delivery) => this.#settled(delivery),
      failed: (delivery, failure) => this.#failed(delivery, failure),
      answered: () => hooks.answered(),
    })
  }

  /** Null: the feed is gone, and what was on its way with it. */
  use(feed: Feed<unknown> | null): void {
    this.#settler.use(feed)
    if (feed !== null) return
    this.#unanswered = []
    this.#runtime.wheel.clear(this.#again)
  }

  /** Why a verb is refused; undefined: it is not. */
  refusal(delivery: Delivery): Promise<never> | undefined {
    if (delivery.state <= TAKEN) return undefined
    const error =
      delivery.state === LOST
        ? leaseLost(delivery, 'it belongs to somebody else by now')
        : new MqError(
            'MQ_ALREADY_SETTLED',
            `message ${delivery.id} of "${delivery.source}" has been settled already; the first settlement counts`,
            { destination: delivery.source },
          )
    const refused = Promise.reject<never>(error)
    refused.catch(ignore)
    return refused
  }

  /** A user waits for the broker's word. */
  awaited(delivery: Delivery, settlement: Settlement<unknown>): Promise<void> {
    const settled = new Promise<void>((resolve, reject) => {
      delivery.waiter = { resolve, reject }
    })
    // Not awaiting a verb is allowed: its failure is an event, not a crash.
    settled.catch(ignore)
    this.settle(delivery, settlement)
    return settled
  }

  settle(delivery: Delivery, settlement: Settlement<unknown>): void {
    delivery.state = SETTLING
    delivery.settlement = settlement
    // A move may take its time: its copy has to be confirmed first. The lease is renewed until then.
    if (settlement.action !== 'move') this.#holdings.leave(delivery)
    this.#settler.add(delivery, settlement, delivery.waiter !== null)
  }

  /** Resolves when everything that is on its way now has been answered, also what waits for another try. */
  idle(): Promise<void> {
    this.#settler.flush()
    const open = new Set(this.#holdings.all().filter(({ state }) => state === SETTLING))
    if (open.size === 0) return Promise.resolve()
    return new Promise((resolve) => this.#barriers.push({ open, resolve }))
  }

  /** Its fate is known: whoever waits for it need not any more. */
  decided(delivery: Delivery): void {
    if (this.#barriers.length === 0) return
    for (const { open, resolve } of this.#barriers) if (open.delete(delivery) && open.size === 0) resolve()
    this.#barriers = this.#barriers.filter(({ open }) => open.size > 0)
  }

  #settled(delivery: Delivery): void {
    if (delivery.state !== SETTLING) return
    delivery.state = SETTLED
    this.#pause = FIRST_PAUSE
    this.#holdings.drop(delivery)
    if (delivery.settlement?.action === 'move') this.#runtime.health.clear(this.#deadKey)
    delivery.settlement = null
    this.decided(delivery)
    const { waiter } = delivery
    if (waiter === null) return
    delivery.waiter = null
    waiter.resolve()
  }

  #failed(delivery: Delivery, failure: Failure): void {
    if (delivery.state !== SETTLING) return
    if (failure.code === 'MQ_LEASE_LOST') return this.#hooks.lost(delivery, leaseLost(delivery, failure.message))
    const error = errorOf(failure, this.#runtime.adapter, this.#hooks.source)
    this.#runtime.emit({ event: 'settle-failed', source: this.#hooks.source, id: delivery.id, error })
    const isMove = delivery.settlement?.action === 'move'
    if (!failure.retryable && !isMove) return this.#hooks.lost(delivery, error)
    if (this.#unanswered.length === 0) {
      this.#runtime.wheel.set(this.#again, this.#pause)
      this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE)
    }
    this.#unanswered.push(delivery)
    if (isMove) this.#cannotDie(error)
  }

  /** A dead-letter queue that cannot be written: the message stays, under lease, until it can. */
  #cannotDie(error: MqError): void {
    this.#runtime.health.report(
      this.#deadKey,
      'degraded',
      `the dead-letter queue of "${this.#hooks.source}" cannot be written: ${error.message}`,
    )
  }

  get #deadKey(): string {
    return `dead ${this.#hooks.source}`
  }

  #tryAgain(): void {
    const now = this.#runtime.clock.monotonic()
    for (const delivery of this.#unanswered.splice(0)) {
      if (delivery.state !== SETTLING || delivery.settlement === null) continue
      if (delivery.leaseUntil !== 0 && now >= delivery.leaseUntil) {
        this.#hooks.lost(delivery, leaseLost(delivery, 'its settlement did not reach the broker in time'))
        continue
      }
      this.#settler.add(delivery, delivery.settlement, true)
    }
  }
}

/** The error of everything that is done to a message after its lease. */
export function leaseLost(delivery: Delivery, why: string): MqError<'MQ_LEASE_LOST'> {
  return new MqError('MQ_LEASE_LOST', `message ${delivery.id} of "${delivery.source}" is no longer ours: ${why}`, {
    destination: delivery.source,
  })
}

function ignore(): void {
  // The caller has the same promise.
}
