import { closeTimeout } from '../close-timeout.ts'
import { parseDuration, type Duration } from '../duration.ts'
import type { MqError } from '../errors.ts'
import { bounded, timeLeft } from '../mechanism/bounded.ts'
import { pauseOf } from '../policy/steering.ts'
import type { Runtime } from '../runtime.ts'
import { pauseProblems, refuse } from './check-options.ts'
import type { SourceEngine } from './engine.ts'
import { HandlerRuns, type Run, type RunHooks } from './handler-runs.ts'
import type { Taker } from './holder.ts'
import type { Subscription } from './options.ts'
import { Pause } from './pause.ts'
import type { Outbox } from './pending-sends.ts'
import type { Rate } from './rate-limit.ts'
import type { ResolvedConsumer } from './resolved-consumer.ts'
import type { StartLimit } from './start-limit.ts'
import { Starts } from './starts.ts'

/** What a subscription hangs on. */
export interface SubscriptionPlace {
  readonly runtime: Runtime
  readonly engine: SourceEngine
  readonly options: ResolvedConsumer
  readonly outbox: Outbox
  /** Null: as fast as handlers are. */
  readonly rate: Rate | null
  /** Null: it shares its handlers' slots with nobody. */
  readonly limit: StartLimit | null
  readonly onEnd: (subscription: Subscription) => void
}

/** What is handled: messages one by one, or batches. */
export interface Work<R extends Run> extends Taker, Omit<RunHooks<R>, 'freed' | 'zombiesChanged'> {
  /** A handler may start that could not before. */
  wake(): void
  /** Nothing starts for now, or ever again: what was taken and not started goes back. */
  stopped(): void
}

/** The life of a subscription, whatever it handles: opening, pausing, being killed, closing. */
export class LiveSubscription<R extends Run> implements Subscription {
  readonly ready: Promise<void>
  readonly done: Promise<void>
  readonly #place: SubscriptionPlace
  readonly #work: Work<R>
  readonly #starts: Starts
  readonly #runs: HandlerRuns<R>
  readonly #pause: Pause
  #closing: Promise<void> | null = null
  readonly #ready = Promise.withResolvers<void>()
  readonly #done = Promise.withResolvers<void>()

  constructor(place: SubscriptionPlace, handler: (input: never) => unknown, work: Work<R>) {
    const { runtime, engine, options } = place
    this.#place = place
    this.#work = work
    this.#starts = new Starts(runtime, place.rate, place.limit, () => work.wake())
    this.#runs = new HandlerRuns(runtime, { ...options, source: engine.source }, this.#starts, handler, {
      sends: (run) => work.sends(run),
      returned: (run) => work.returned(run),
      failed: (run, error) => this.#failed(run, error),
      abort: (run, reason) => work.abort(run, reason),
      release: (run) => work.release(run),
      freed: () => work.wake(),
      zombiesChanged: () => this.#changed(),
    })
    this.#pause = new Pause(runtime, () => this.#changed())
    this.done = this.#done.promise
    this.done.catch(ignore)
    this.ready = Promise.race([this.#ready.promise, this.done])
    this.ready.catch(ignore)
  }

  /** First the taker, then the feed, so that it opens with the right window. */
  open(): void {
    this.#place.engine.addTaker(this.#work)
    void this.#place.engine.use().then(this.#ready.resolve)
  }

  get running(): number {
    return this.#runs.size
  }

  /** False: no handler starts, whatever is free. */
  get isOpen(): boolean {
    return !this.#pause.isPaused && this.#closing === null && !this.#runs.isStuck
  }

  /** How many handlers may start now. */
  get free(): number {
    return this.isOpen ? this.#runs.free : 0
  }

  /** @param input what the handler is called with */
  start(run: R, input: unknown): void {
    this.#runs.start(run, input)
  }

  /** The time of a run is over. */
  expired(run: R): void {
    this.#runs.expired(run)
  }

  #failed(run: R, error: unknown): void {
    this.#work.failed(run, error)
    const ms = pauseOf(error)
    if (ms === 0 || this.#closing !== null) return
    const { runtime, engine } = this.#place
    runtime.emit({ event: 'paused', source: engine.source, id: run.id, duration: ms })
    this.#pause.extend(ms)
  }

  #changed(): void {
    if (!this.isOpen) this.#work.stopped()
    this.#place.engine.takerChanged()
  }

  pause(options: { readonly for?: Duration } = {}): void {
    refuse(`pause the subscription of "${this.#place.engine.source}"`, pauseProblems(options))
    if (this.#closing !== null) return
    this.#pause.pause(options.for === undefined ? Infinity : parseDuration(options.for)!)
  }

  resume(): void {
    if (this.#closing === null) this.#pause.resume()
  }

  killed(error: MqError): void {
    if (this.#closing !== null) return
    this.#closing = Promise.resolve()
    this.#stop()
    void this.#leave(0)
    this.#done.reject(error)
  }

  async close(options?: { readonly timeout?: Duration }): Promise<void> {
    const timeout = closeTimeout(options)
    this.#closing ??= this.#close(timeout)
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(timeout: number): Promise<void> {
    const { runtime, engine } = this.#place
    const left = timeLeft(runtime.clock, timeout)
    this.#stop()
    if (this.#runs.size > 0) await bounded(this.#runs.idle(), runtime.clock, left())
    this.#runs.cutOff()
    await bounded(engine.idle(), runtime.clock, left())
    await this.#leave(left())
    this.#done.resolve()
  }

  #stop(): void {
    this.#pause.end()
    this.#starts.end()
    this.#place.engine.removeTaker(this.#work)
    this.#work.stopped()
  }

  #leave(timeout: number): Promise<void> {
    this.#place.onEnd(this)
    return this.#place.engine.unuse(timeout)
  }
}

function ignore(): void {
  // Whoever wants to know has the same promise.
}
