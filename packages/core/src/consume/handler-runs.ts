import { formatDuration } from '../duration.ts'
import { MqError } from '../errors.ts'
import type { WheelEntry } from '../mechanism/timer-wheel.ts'
import type { Runtime } from '../runtime.ts'
import type { Starts } from './starts.ts'

/** After its timeout a handler has this long to listen to its signal. */
const GRACE = 5000

/** What one run of a handler has in hand: a message or a batch. */
export interface Run extends WheelEntry {
  /** Of its first message. */
  readonly id: string
  readonly attempt: number
}

/** What becomes of a run. */
export interface RunHooks<R extends Run> {
  /** Sends that the handler began and that are not confirmed yet; null: none. Never rejects. */
  sends(run: R): Promise<void> | null
  returned(run: R): void
  failed(run: R, error: unknown): void
  abort(run: R, reason: MqError): void
  /** Somebody else shall handle it; nothing is counted. */
  release(run: R): void
  /** A slot is free. */
  freed(): void
  /** As many outlived their timeout as may run at once, or no longer so many. */
  zombiesChanged(): void
}

/** Runs of one handler: at most so many at once, each with its timeout, its grace and, if it never listens, its life as a zombie. */
export class HandlerRuns<R extends Run> {
  readonly #runtime: Runtime
  readonly #place: { readonly source: string; readonly concurrency: number; readonly timeout: number }
  readonly #starts: Starts
  readonly #handler: (input: never) => unknown
  readonly #hooks: RunHooks<R>
  /** Runs that have not ended; those that outlived their time count as zombies, not as running. */
  readonly #inFlight = new Set<R>()
  readonly #zombies = new Set<R>()
  readonly #grace = new Set<R>()
  /** Two subscriptions of one source each have their own fact in health. */
  readonly #number: number
  #idle: (() => void)[] = []

  constructor(
    runtime: Runtime,
    place: { readonly source: string; readonly concurrency: number; readonly timeout: number },
    starts: Starts,
    handler: (input: never) => unknown,
    hooks: RunHooks<R>,
  ) {
    this.#runtime = runtime
    this.#place = place
    this.#starts = starts
    this.#handler = handler
    this.#hooks = hooks
    this.#number = runtime.nextNumber()
  }

  get size(): number {
    return this.#inFlight.size
  }

  /** How many may start now. */
  get free(): number {
    return this.#starts.free(this.#place.concurrency - this.#inFlight.size)
  }

  /** Zombies hold real resources: as many of them as handlers are allowed stop the intake. */
  get isStuck(): boolean {
    return this.#zombies.size >= this.#place.concurrency
  }

  /** @param input what the handler is called with */
  start(run: R, input: unknown): void {
    this.#starts.started()
    let result: unknown
    let isPending: boolean
    try {
      result = this.#handler(input as never)
      isPending = isThenable(result)
    } catch (error) {
      this.#hooks.failed(run, error)
      this.#starts.ended()
      return
    }
    if (isPending) return this.#follow(run, result)
    const sends = this.#hooks.sends(run)
    if (sends !== null) return this.#follow(run, sends)
    this.#hooks.returned(run)
    this.#starts.ended()
  }

  #follow(run: R, result: unknown): void {
    this.#inFlight.add(run)
    this.#runtime.wheel.set(run, this.#place.timeout)
    // A promise of ours stays as it is; whatever else can be awaited is called from a microtask, where it may throw.
    Promise.resolve(result).then(
      () => this.#returned(run),
      (error: unknown) => this.#ended(run, { error }),
    )
  }

  /** What it sends belongs to the run. */
  #returned(run: R): void {
    const sends = this.#hooks.sends(run)
    if (sends !== null) return void sends.then(() => this.#returned(run))
    this.#ended(run, null)
  }

  /** @param failure null: it returned */
  #ended(run: R, failure: { readonly error: unknown } | null): void {
    this.#runtime.wheel.clear(run)
    this.#grace.delete(run)
    const wasRunning = this.#inFlight.delete(run)
    if (!wasRunning && this.#zombies.delete(run)) this.#zombiesChanged()
    if (failure === null) this.#hooks.returned(run)
    else this.#hooks.failed(run, failure.error)
    if (wasRunning) this.#slotFree()
    else this.#hooks.freed()
  }

  /** First whoever shares the limit and stands in line. */
  #slotFree(): void {
    this.#starts.ended()
    this.#hooks.freed()
    if (this.#inFlight.size > 0 || this.#idle.length === 0) return
    for (const resolve of this.#idle.splice(0)) resolve()
  }

  /** Its time is over. First the signal, then the grace, then the failure counts and the slot is free. */
  expired(run: R): void {
    if (this.#grace.has(run)) return this.#becomeZombie(run)
    this.#grace.add(run)
    this.#runtime.wheel.set(run, GRACE)
    const { id, attempt } = run
    this.#runtime.emit({ event: 'handler-timeout', source: this.#place.source, id, attempt })
    this.#hooks.abort(run, this.#timeoutError(run))
  }

  #becomeZombie(run: R): void {
    this.#grace.delete(run)
    this.#inFlight.delete(run)
    this.#zombies.add(run)
    this.#zombiesChanged()
    this.#hooks.failed(run, this.#timeoutError(run))
    this.#slotFree()
  }

  #zombiesChanged(): void {
    const key = `zombies ${this.#place.source} ${this.#number}`
    const count = this.#zombies.size
    if (this.isStuck)
      this.#runtime.health.report(
        key,
        'degraded',
        `"${this.#place.source}" is paused: ${count} handlers outlived their timeout and still run`,
      )
    else this.#runtime.health.clear(key)
    this.#hooks.zombiesChanged()
  }

  #timeoutError({ id }: R): MqError {
    return new MqError(
      'MQ_TIMEOUT',
      `the handler of "${this.#place.source}" ran longer than ${formatDuration(this.#place.timeout)} (message ${id})`,
      { retryable: true },
    )
  }

  /** Resolves when none runs. */
  idle(): Promise<void> {
    if (this.#inFlight.size === 0) return Promise.resolve()
    return new Promise((resolve) => this.#idle.push(resolve))
  }

  /** The close has no more time: the handlers are told, and what they have in hand goes to somebody else. */
  cutOff(): void {
    for (const run of this.#inFlight) {
      this.#runtime.wheel.clear(run)
      this.#hooks.abort(
        run,
        new MqError('MQ_CLOSED', `the subscription of "${this.#place.source}" was closed while the handler ran`),
      )
      this.#hooks.release(run)
    }
  }
}

function isThenable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}
