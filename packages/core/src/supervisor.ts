import { MqError } from './errors.ts'
import { formatDuration } from './duration.ts'
import { AttemptLimit, connectionError } from './attempt-limit.ts'
import { emulated } from './emulate/emulated-driver.ts'
import { RoutedSend } from './emulate/routed-send.ts'
import type { Waiting } from './emulate/relay.ts'
import { Router } from './emulate/router.ts'
import { errorOf, failureOf } from './failure-error.ts'
import { bounded } from './mechanism/bounded.ts'
import { guardedCall } from './mechanism/guarded-call.ts'
import type { Runtime } from './runtime.ts'
import type { Adapter, Driver, DriverContext } from './spi/driver.ts'
import type { Manifest } from './spi/manifest.ts'
import type { Failure } from './spi/messages.ts'
import type { Target } from './spi/target.ts'
import type { Within } from './provision/inventory.ts'

/** What hangs on the connection: told when it comes and goes. */
export interface Dependent {
  up(driver: Driver): void
  lost(error: MqError): void
}

/** What has to be so on the broker before anything may hang on a connection. */
export interface Premises {
  /** @throws MQ_UNSUPPORTED for a manifest that cannot serve the definitions */
  check(manifest: Manifest): void
  /** Everything that is needed exists from now on. */
  ensure(driver: Driver, within: Within): Promise<void>
}

const FIRST_PAUSE = 100
const LONGEST_PAUSE = 10_000
/** After a lost connection, and on a standing one, each call has this long: the sum grows with the number of definitions. */
const CALL_TIMEOUT = 10_000

/**
 * The only one who connects. A driver is one connection epoch: when it says that it is lost, everything that hung on it
 * is told, a new one is made, what exists on the broker is ensured again, and everything is told to go on.
 */
export class Supervisor {
  readonly #runtime: Runtime
  readonly #adapter: Adapter
  readonly #premises: Premises
  readonly #dependents = new Set<Dependent>()
  readonly #stop = new AbortController()
  readonly #routed: RoutedSend
  #driver: Driver | null = null
  #wasUp = false
  #epoch = 0

  /** @param router outlives a connection: which places stand for what the broker lacks */
  constructor(runtime: Runtime, adapter: Adapter, premises: Premises, router: Router = new Router()) {
    this.#runtime = runtime
    this.#adapter = adapter
    this.#premises = premises
    this.#routed = new RoutedSend(router)
  }

  /** The connection, while there is one. */
  get driver(): Driver | null {
    return this.#driver
  }

  /** @throws MQ_CONNECTION while there is no connection, MQ_CLOSED after close */
  connected(): Driver {
    if (this.#driver !== null) return this.#driver
    const { adapter } = this.#runtime
    if (this.#stop.signal.aborted) throw closedError(adapter)
    throw new MqError('MQ_CONNECTION', 'there is no connection to the broker at the moment', {
      retryable: true,
      adapter,
    })
  }

  /** Where messages for a target wait, if the broker cannot let them wait by itself. */
  waiting(target: Target): readonly Waiting[] {
    return this.#routed.router.waitings(target)
  }

  /**
   * Calls on the standing connection, each of them bounded in time.
   *
   * @throws MQ_CONNECTION, MQ_CLOSED, and what the calls throw, as errors of the library
   */
  async call<T>(work: (driver: Driver, within: Within) => Promise<T>): Promise<T> {
    const driver = this.connected()
    const limit = new AttemptLimit(this.#runtime.clock, CALL_TIMEOUT, this.#stop.signal, 'each call')
    try {
      return await work(driver, (promise) => limit.within(promise))
    } catch (error) {
      const { adapter } = this.#runtime
      if (this.#stop.signal.aborted) throw closedError(adapter)
      throw MqError.is(error) ? error : errorOf(driver.classify(error), adapter)
    } finally {
      limit.end()
    }
  }

  attach(dependent: Dependent): void {
    this.#dependents.add(dependent)
    if (this.#driver !== null) dependent.up(this.#driver)
  }

  detach(dependent: Dependent): void {
    this.#dependents.delete(dependent)
  }

  /** Connect for the first time: what is transient is tried again until `timeout`, anything else fails at once. Returns what was probed. */
  async start(timeout: number): Promise<Manifest> {
    const clock = this.#runtime.clock
    const end = clock.monotonic() + timeout
    let failure: Failure | null = null
    for (let attempt = 1, pause = FIRST_PAUSE; ; attempt++, pause = Math.min(pause * 2, LONGEST_PAUSE)) {
      const limit = new AttemptLimit(clock, end - clock.monotonic(), this.#stop.signal)
      const result = await this.#tryOnce(attempt, limit)
      if ('manifest' in result) return result.manifest
      // An attempt that was cut off by the end of the time says less than what failed before it.
      if (failure === null || !limit.signal.aborted) failure = result
      const left = end - clock.monotonic()
      if (!failure.retryable || left <= 0) throw this.#connectError(failure, attempt, timeout)
      await this.#sleep(Math.min(pause * (0.5 + this.#runtime.random.next() / 2), left))
    }
  }

  /** Stop for good. `timeout` bounds how long the driver may take. */
  async close(timeout: number): Promise<void> {
    this.#stop.abort()
    this.#epoch++
    const driver = this.#driver
    this.#driver = null
    if (driver === null) return
    // What still hangs on it, such as a look at dead letters, ends now and leaves no timer.
    for (const dependent of this.#dependents) dependent.lost(closedError(this.#runtime.adapter))
    const closing = driver.close().catch((error: unknown) => {
      this.#runtime.log.warn(
        { adapter: this.#runtime.adapter, error: driver.classify(error).message },
        'closing the connection failed',
      )
    })
    await bounded(closing, this.#runtime.clock, timeout)
  }

  async #tryOnce(attempt: number, limit: AttemptLimit): Promise<Driver | Failure> {
    const epoch = ++this.#epoch
    let driver: Driver | null = null
    try {
      const bare = await limit.driver(guardedCall(() => this.#adapter.connect(this.#contextOf(epoch), limit.signal)))
      driver = emulated(bare, this.#routed, this.#runtime.clock)
      this.#premises.check(driver.manifest)
      await this.#premises.ensure(driver, (promise) => limit.within(promise))
      if (epoch !== this.#epoch || this.#stop.signal.aborted) throw connectionError('the connection was lost again')
      this.#became(driver, attempt)
      return driver
    } catch (error) {
      if (driver !== null) void driver.close().catch(ignore)
      const failure = MqError.is(error) ? failureOf(error) : (driver ?? this.#adapter).classify(error)
      this.#runtime.emit({ event: 'connect-failed', attempt, error: errorOf(failure, this.#runtime.adapter) })
      return failure
    } finally {
      limit.end()
    }
  }

  #contextOf(epoch: number): DriverContext {
    const { clock, ids, log, health } = this.#runtime
    return {
      clock,
      ids,
      log,
      lost: (error) => this.#lost(epoch, error),
      state: (level, reason) => {
        if (epoch !== this.#epoch) return
        if (level === 'up') health.clear('driver')
        else health.report('driver', level, reason)
      },
    }
  }

  #became(driver: Driver, attempt: number): void {
    const again = this.#wasUp
    this.#wasUp = true
    this.#driver = driver
    this.#runtime.health.clear('connection')
    this.#runtime.log.debug({ adapter: this.#runtime.adapter, attempt }, again ? 'connected again' : 'connected')
    this.#runtime.emit({ event: 'connected', again })
    for (const dependent of this.#dependents) dependent.up(driver)
  }

  #lost(epoch: number, cause: unknown): void {
    if (epoch !== this.#epoch) return
    const driver = this.#driver
    this.#epoch++
    if (driver === null) return
    this.#driver = null
    this.#runtime.health.clear('driver')
    const error = errorOf(driver.classify(cause), this.#runtime.adapter)
    this.#runtime.health.report('connection', 'down', `no connection: ${error.message}`)
    this.#runtime.log.warn(
      { adapter: this.#runtime.adapter, error: error.message },
      'the connection is lost; connecting again',
    )
    this.#runtime.emit({ event: 'connection-lost', error })
    for (const dependent of this.#dependents) dependent.lost(error)
    void driver.close().catch(ignore)
    void this.#reconnect()
  }

  async #reconnect(): Promise<void> {
    for (
      let attempt = 1, pause = FIRST_PAUSE;
      !this.#stop.signal.aborted;
      attempt++, pause = Math.min(pause * 2, LONGEST_PAUSE)
    ) {
      const limit = new AttemptLimit(this.#runtime.clock, CALL_TIMEOUT, this.#stop.signal, 'each call')
      const result = await this.#tryOnce(attempt, limit)
      if ('manifest' in result || this.#stop.signal.aborted) return
      this.#runtime.health.report('connection', 'down', `no connection: ${result.message}`)
      await this.#sleep(pause * (0.5 + this.#runtime.random.next() / 2))
    }
  }

  #sleep(ms: number): Promise<void> {
    if (this.#stop.signal.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      const done = (): void => {
        timer.cancel()
        this.#stop.signal.removeEventListener('abort', done)
        resolve()
      }
      const timer = this.#runtime.clock.setTimer(done, ms)
      this.#stop.signal.addEventListener('abort', done, { once: true })
    })
  }

  #connectError(failure: Failure, attempts: number, timeout: number): MqError {
    if (MqError.is(failure.cause) && !failure.retryable) return failure.cause
    const tried = failure.retryable ? ` after ${attempts} attempts in ${formatDuration(timeout)}` : ''
    return new MqError(
      failure.code,
      `no connection to the ${this.#runtime.adapter} broker${tried}: ${failure.message}`,
      {
        adapter: this.#runtime.adapter,
        retryable: failure.retryable,
        cause: failure.cause,
      },
    )
  }
}

function closedError(adapter: string): MqError<'MQ_CLOSED'> {
  return new MqError('MQ_CLOSED', 'the broker object is closed', { adapter })
}

function ignore(): void {
  // The connection is given up: how it ends changes nothing.
}
