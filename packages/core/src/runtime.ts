import { mirror } from './diagnostics.ts'
import type { BrokerEvent, EventListener } from './events.ts'
import { textOf } from './errors.ts'
import { HealthBoard } from './health.ts'
import type { Interceptor } from './intercept/interceptor.ts'
import { guarded, type Logger } from './log.ts'
import type { Clock } from './mechanism/clock.ts'
import type { IdSource } from './mechanism/ids.ts'
import type { Randomness } from './mechanism/random.ts'
import { TimerWheel } from './mechanism/timer-wheel.ts'
import type { Target } from './spi/target.ts'

/**
 * A place has vanished from the broker: declare it again. True: try again, for it may be there now. False, at once where that is
 * known: nobody here may make it.
 */
export type Restore = (place: Target) => Promise<boolean> | false

/** What every part of one broker object shares. */
export class Runtime {
  readonly clock: Clock
  readonly random: Randomness
  readonly ids: IdSource
  readonly log: Logger
  readonly wheel: TimerWheel
  readonly health: HealthBoard
  readonly adapter: string
  /** Set by whoever knows the places on the broker. Default: nothing is declared again. */
  restore: Restore = () => false
  /** Around every send and every handler, the outermost first. */
  readonly interceptors: readonly Interceptor[]
  readonly #listener: EventListener | undefined
  readonly #said = new Set<string>()
  #number = 0

  constructor(parts: {
    clock: Clock
    random: Randomness
    ids: IdSource
    log: Logger
    adapter: string
    onEvent: EventListener | undefined
    interceptors?: readonly Interceptor[] | undefined
  }) {
    this.clock = parts.clock
    this.random = parts.random
    this.ids = parts.ids
    this.log = guarded(parts.log)
    this.adapter = parts.adapter
    this.wheel = new TimerWheel(parts.clock)
    this.#listener = parts.onEvent
    this.interceptors = Object.freeze([...(parts.interceptors ?? [])])
    this.health = new HealthBoard(({ status, reasons }) => this.emit({ event: 'health', status, reasons }))
  }

  /** To the listener, and to the subscribers of its diagnostics channel. */
  emit(event: BrokerEvent): void {
    mirror(event, this.adapter)
    if (this.#listener === undefined) return
    const complain = (error: unknown): void =>
      this.log.error({ event: event.event, error: textOf(error) }, 'the onEvent listener failed')
    try {
      const result: unknown = this.#listener(event)
      // An asynchronous listener is allowed; what it rejects with is nobody's unhandled rejection.
      if (result instanceof Promise) result.catch(complain)
    } catch (error) {
      complain(error)
    }
  }

  /** 1, 2, 3 and so on: tells apart what has no name of its own. */
  nextNumber(): number {
    return ++this.#number
  }

  /** True the first time only: for what shall be said once. */
  first(fact: string): boolean {
    if (this.#said.has(fact)) return false
    this.#said.add(fact)
    return true
  }
}
