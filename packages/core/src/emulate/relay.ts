import type { Delivery } from '../consume/delivery.ts'
import { TAKEN } from '../consume/delivery-state.ts'
import { SourceEngine } from '../consume/engine.ts'
import type { Taker } from '../consume/holder.ts'
import { moveOf, type Judge, type Move } from '../consume/judge.ts'
import type { ResolvedConsumer } from '../consume/resolved-consumer.ts'
import type { Outbox } from '../consume/pending-sends.ts'
import { MqError } from '../errors.ts'
import { resolvePolicy } from '../definition/resolve.ts'
import { forwardOf, identified } from '../policy/forward.ts'
import type { Runtime } from '../runtime.ts'
import type { Target } from '../spi/target.ts'
import type { Supervisor } from '../supervisor.ts'
import { WIRE } from '../wire/names.ts'
import { numberOf } from '../wire/read.ts'

/** Messages of one place that a relay holds. In a tier all wait equally long, so those behind are not due before. */
const WINDOW = 200
const LEASE = 30_000

/** One place where messages wait, and where they go from there. */
export interface Waiting {
  readonly place: Target
  readonly destination: Target
  /** Milliseconds that a message has to stay at this place; 0 where the broker itself lets it wait. */
  readonly step: number
}

/**
 * Moves on what has waited: to the next place, or to the destination. An ordinary consumer of the place, so a relay that dies is
 * replaced like any other, and what it held comes to the next. Each hop costs a send and a settlement.
 */
export class Relay {
  readonly #supervisor: Supervisor
  readonly #engine: SourceEngine
  readonly #taker: RelayTaker

  constructor(runtime: Runtime, supervisor: Supervisor, waiting: Waiting) {
    this.#supervisor = supervisor
    const source = { target: waiting.place, lease: LEASE, skips: false }
    this.#engine = new SourceEngine(runtime, source, relayJudge(runtime, waiting.destination))
    this.#taker = new RelayTaker(runtime, this.#engine, waiting.step)
    supervisor.attach(this.#engine)
    this.#engine.addTaker(this.#taker)
    void this.#engine.use()
  }

  /** What it holds goes back at once. */
  async close(timeout: number): Promise<void> {
    this.#engine.removeTaker(this.#taker)
    this.#taker.close()
    await this.#engine.unuse(timeout)
    this.#supervisor.detach(this.#engine)
  }
}

/** Whatever happens, the message goes on: where to depends on whether it is due. */
function relayJudge(runtime: Runtime, destination: Target): Judge {
  const onward = ({ incoming }: Delivery): Move => {
    const notBefore = numberOf(incoming.headers[WIRE.dueAt]) ?? 0
    const isDue = notBefore <= runtime.clock.now()
    return { to: destination, message: forwardOf(incoming, identified(incoming), { notBefore: isDue ? 0 : notBefore }) }
  }
  return {
    open: () => undefined,
    judge: (delivery) => moveOf(delivery.incoming.receipt, onward(delivery)),
    copy: onward,
  }
}

class RelayTaker implements Taker {
  readonly options: ResolvedConsumer = { ...resolvePolicy({}), onInvalid: 'retry' }
  readonly inHand = false
  readonly outbox: Outbox = { send: () => Promise.reject(new MqError('MQ_CONFIG', 'a relay sends nothing of its own')) }
  readonly #runtime: Runtime
  readonly #engine: SourceEngine
  readonly #step: number
  readonly #held = new Set<Delivery>()
  #isClosing = false

  constructor(runtime: Runtime, engine: SourceEngine, step: number) {
    this.#runtime = runtime
    this.#engine = engine
    this.#step = step
  }

  get window(): number {
    return this.#isClosing ? 0 : WINDOW
  }

  get free(): number {
    return this.#isClosing ? 0 : WINDOW - this.#held.size
  }

  take(delivery: Delivery): void {
    const wait = this.#waitOf(delivery)
    if (wait <= 0) return this.#engine.fail(delivery, undefined)
    this.#held.add(delivery)
    this.#runtime.wheel.set(delivery, wait)
  }

  /** Its time at this place is over. */
  expired(delivery: Delivery): void {
    this.#held.delete(delivery)
    // It may have been lost while it waited.
    if (delivery.state === TAKEN) this.#engine.fail(delivery, undefined)
    this.#engine.dispatch()
  }

  /** Nobody waits for it: what comes is tried again with the connection. */
  killed(): void {}

  close(): void {
    this.#isClosing = true
    for (const delivery of this.#held) {
      this.#runtime.wheel.clear(delivery)
      if (delivery.state === TAKEN) this.#engine.release(delivery)
    }
    this.#held.clear()
  }

  /** Until it is due, or has been at this place long enough: by the broker's clock as far as it tells. */
  #waitOf({ incoming }: Delivery): number {
    if (this.#step === 0) return 0
    const now = this.#runtime.clock.now()
    const dueAt = numberOf(incoming.headers[WIRE.dueAt]) ?? 0
    return Math.min(dueAt, (incoming.sentAt || now) + this.#step) - now
  }
}
