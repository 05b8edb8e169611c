import { MqError } from '../errors.ts'
import type { Runtime } from '../runtime.ts'
import type { Feed } from '../spi/driver.ts'
import type { Failure, Settlement } from '../spi/messages.ts'
import type { Target } from '../spi/target.ts'
import { errorOf } from '../failure-error.ts'
import { LOST, SETTLED, SETTLING, TAKEN } from './delivery-state.ts'
import type { Delivery } from './delivery.ts'
import type { Holdings } from './holdings.ts'
import { Settler } from './settler.ts'
import { Unanswered } from './unanswered.ts'

/** What settlements ask of the engine. */
export interface SettlementHooks {
  readonly source: string
  classify(error: unknown): Failure
  settled(delivery: Delivery): void
  lost(delivery: Delivery, error: MqError): void
  /** There may be room for more. */
  answered(): void
}

/** Settlements that share batches and pauses. */
interface Way {
  readonly settler: Settler
  readonly unanswered: Unanswered
}

/** From the verdict to the broker's word: the first settlement wins, and what fails in transit is tried again. */
export class Settlements {
  readonly #runtime: Runtime
  readonly #holdings: Holdings
  readonly #hooks: SettlementHooks
  readonly #direct: Way
  /** A move waits for another queue: what happens there must not hold up the rest. */
  readonly #moves: Way
  #barriers: { readonly open: Set<Delivery>; readonly resolve: () => void }[] = []

  constructor(runtime: Runtime, holdings: Holdings, hooks: SettlementHooks) {
    this.#runtime = runtime
    this.#holdings = holdings
    this.#hooks = hooks
    this.#direct = this.#newWay()
    this.#moves = this.#newWay()
  }

  #newWay(): Way {
    return {
      settler: new Settler(this.#runtime.wheel, {
        classify: (error) => this.#hooks.classify(error),
        settled: (delivery) => this.#settled(delivery),
        failed: (delivery, failure) => this.#failed(delivery, failure),
        answered: () => this.#hooks.answered(),
      }),
      unanswered: new Unanswered(this.#runtime, (delivery) => this.#tryAgain(delivery)),
    }
  }

  #wayOf({ action }: Settlement<unknown>): Way {
    return action === 'move' ? this.#moves : this.#direct
  }

  /** Null: the feed is gone, and what was on its way with it. */
  use(feed: Feed<unknown> | null): void {
    for (const { settler, unanswered } of [this.#direct, this.#moves]) {
      settler.use(feed)
      if (feed === null) unanswered.clear()
    }
    // Nobody tries any more: what is still so is said again by whoever consumes next.
    if (feed === null) this.#runtime.health.clear(this.#moveKey)
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
  awaited(delivery: Delivery, settlement: Settlement<unknown>, mayLeave: boolean): Promise<void> {
    const settled = new Promise<void>((resolve, reject) => {
      delivery.waiter = { resolve, reject }
    })
    // Not awaiting a verb is allowed: its failure is an event, not a crash.
    settled.catch(ignore)
    this.settle(delivery, settlement, mayLeave)
    return settled
  }

  /** @param mayLeave false: it is decided, and goes out when what came before it has arrived */
  settle(delivery: Delivery, settlement: Settlement<unknown>, mayLeave: boolean): void {
    delivery.state = SETTLING
    delivery.settlement = settlement
    if (!mayLeave) return
    // A move may take its time: its copy has to be confirmed first. The lease is renewed until then.
    if (settlement.action !== 'move') this.#holdings.leave(delivery)
    this.#wayOf(settlement).settler.add(delivery, settlement, delivery.waiter !== null)
  }

  /** Resolves when everything that is on its way now has been answered, also what waits for another try. */
  idle(): Promise<void> {
    this.#direct.settler.flush()
    this.#moves.settler.flush()
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
    const { state, settlement, waiter } = delivery
    if (state !== SETTLING || settlement === null) return
    delivery.state = SETTLED
    delivery.settlement = null
    this.#wayOf(settlement).unanswered.gotThrough()
    this.#holdings.drop(delivery)
    this.#hooks.settled(delivery)
    if (settlement.action === 'move') this.#runtime.health.clear(this.#moveKey)
    this.decided(delivery)
    if (waiter === null) return
    delivery.waiter = null
    waiter.resolve()
  }

  #failed(delivery: Delivery, failure: Failure): void {
    const { state, settlement } = delivery
    if (state !== SETTLING || settlement === null) return
    if (failure.code === 'MQ_LEASE_LOST') return this.#hooks.lost(delivery, leaseLost(delivery, failure.message))
    const error = errorOf(failure, this.#runtime.adapter, this.#hooks.source)
    this.#runtime.emit({ event: 'settle-failed', source: this.#hooks.source, id: delivery.id, error })
    const isMove = settlement.action === 'move'
    if (!failure.retryable && !isMove) return this.#hooks.lost(delivery, error)
    this.#wayOf(settlement).unanswered.add(delivery)
    if (!isMove) return
    this.#cannotMove(settlement.to, error)
    if (failure.code === 'MQ_NOT_FOUND') void this.#runtime.restore(settlement.to)
  }

  /** Where it has to go cannot be written: the message stays, under lease, until it can. */
  #cannotMove({ name, role }: Target, error: MqError): void {
    const { source } = this.#hooks
    const what =
      role === 'dead'
        ? `the dead-letter queue of "${source}" cannot be written`
        : `messages of "${source}" cannot be moved on to "${name}"`
    this.#runtime.health.report(this.#moveKey, 'degraded', `${what}: ${error.message}`)
  }

  get #moveKey(): string {
    return `move ${this.#hooks.source}`
  }

  #tryAgain(delivery: Delivery): void {
    const { state, settlement, leaseUntil } = delivery
    if (state !== SETTLING || settlement === null) return
    if (leaseUntil === 0 || this.#runtime.clock.monotonic() < leaseUntil)
      return this.#wayOf(settlement).settler.add(delivery, settlement, true)
    this.#hooks.lost(delivery, leaseLost(delivery, 'its settlement did not reach the broker in time'))
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
