import { WakeUp } from '../mechanism/wake-up.ts'
import type { Runtime } from '../runtime.ts'
import type { Target } from '../spi/target.ts'
import type { Supervisor } from '../supervisor.ts'
import { Relay } from './relay.ts'

/** How long a destination that lets messages wait may be without a relay in this process before that is said, milliseconds. */
const UNSAID = 10_000

/** How long a relay that is no longer needed may take to give back what it holds, milliseconds. */
const LEAVE_TIMEOUT = 5000

/** The relays of one broker object: one set for each destination, as long as somebody here consumes it or wants it to run. */
export class Relays {
  readonly #runtime: Runtime
  readonly #supervisor: Supervisor
  readonly #running = new Map<string, { users: number; readonly relays: readonly Relay[] }>()
  readonly #warnings = new Set<WakeUp>()

  constructor(runtime: Runtime, supervisor: Supervisor) {
    this.#runtime = runtime
    this.#supervisor = supervisor
  }

  /** Run what moves the waiting messages of this destination. */
  use(destination: Target): void {
    const running = this.#running.get(destination.address)
    if (running !== undefined) {
      running.users++
      return
    }
    const waitings = this.#supervisor.waiting(destination)
    if (waitings.length === 0) return
    const relays = waitings.map((waiting) => new Relay(this.#runtime, this.#supervisor, waiting))
    this.#running.set(destination.address, { users: 1, relays })
  }

  /** It is not needed here any more. */
  async leave({ address }: Target): Promise<void> {
    const running = this.#running.get(address)
    if (running === undefined || --running.users > 0) return
    this.#running.delete(address)
    await Promise.all(running.relays.map((relay) => relay.close(LEAVE_TIMEOUT)))
  }

  /** Definitions are known from now on: run everything, or say what nobody runs. */
  know(destinations: readonly Target[], runsAll: boolean): void {
    for (const destination of destinations) {
      if (runsAll) this.use(destination)
      else this.#expect(destination)
    }
  }

  /** What waits stands still unless somebody moves it: said once, if it is not this process before long. */
  #expect(destination: Target): void {
    if (destination.maxDelay === 0 || this.#supervisor.waiting(destination).length === 0) return
    const warning = new WakeUp(() => {
      this.#warnings.delete(warning)
      if (this.#running.has(destination.address)) return
      this.#runtime.log.warn(
        { destination: destination.name },
        'delayed messages move only while some process consumes this destination or has relay: true; this one does neither',
      )
    })
    this.#warnings.add(warning)
    this.#runtime.wheel.set(warning, UNSAID)
  }

  async close(timeout: number): Promise<void> {
    for (const warning of this.#warnings) this.#runtime.wheel.clear(warning)
    const all = [...this.#running.values()].flatMap(({ relays }) => relays)
    this.#running.clear()
    await Promise.all(all.map((relay) => relay.close(timeout)))
  }
}
