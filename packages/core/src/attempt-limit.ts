import { MqError } from './errors.ts'
import type { Clock, Timer } from './mechanism/clock.ts'
import type { Driver } from './spi/driver.ts'

const TOO_LONG = {
  attempt: 'the attempt to connect took too long',
  'each call': 'the broker did not answer in time',
} as const

/** Bounds one attempt to connect, whatever the driver does: in time, as a whole or each call, and by the signal that stops everything. */
export class AttemptLimit {
  readonly #controller = new AbortController()
  readonly #clock: Clock
  readonly #timeout: number
  readonly #stop: AbortSignal
  readonly #scope: 'attempt' | 'each call'
  readonly #over: Promise<never>
  #timer: Timer

  constructor(clock: Clock, timeout: number, stop: AbortSignal, scope: 'attempt' | 'each call' = 'attempt') {
    this.#clock = clock
    this.#timeout = timeout
    this.#stop = stop
    this.#scope = scope
    this.#over = new Promise((_, reject) => {
      this.#controller.signal.addEventListener('abort', () => reject(connectionError(TOO_LONG[scope])), { once: true })
    })
    this.#over.catch(ignore)
    this.#timer = clock.setTimer(this.#abort, timeout)
    if (stop.aborted) this.#abort()
    else stop.addEventListener('abort', this.#abort, { once: true })
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** The driver, if it comes in time; one that comes too late is closed. */
  driver<D extends Driver>(connecting: Promise<D>): Promise<D> {
    connecting.then((driver) => {
      if (this.#controller.signal.aborted) void driver.close().catch(ignore)
    }, ignore)
    return this.within(connecting)
  }

  within<T>(promise: Promise<T>): Promise<T> {
    if (this.#scope === 'each call' && !this.#controller.signal.aborted) {
      this.#timer.cancel()
      this.#timer = this.#clock.setTimer(this.#abort, this.#timeout)
    }
    return Promise.race([promise, this.#over])
  }

  /** Leave no timer behind. */
  end(): void {
    this.#timer.cancel()
    this.#stop.removeEventListener('abort', this.#abort)
  }

  readonly #abort = (): void => this.#controller.abort()
}

/** A transient failure of the connection. */
export function connectionError(message: string): MqError<'MQ_CONNECTION'> {
  return new MqError('MQ_CONNECTION', message, { retryable: true })
}

function ignore(): void {
  // The attempt is over: what comes of it changes nothing.
}
