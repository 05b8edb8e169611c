import { BodyReader } from '../consume/body-reader.ts'
import { refuse } from '../consume/check-options.ts'
import { destinationOf, displayName, type Source } from '../definition/definition.ts'
import { MqError } from '../errors.ts'
import { errorOf } from '../failure-error.ts'
import type { Runtime } from '../runtime.ts'
import type { Driver } from '../spi/driver.ts'
import type { Incoming } from '../spi/messages.ts'
import type { Target } from '../spi/target.ts'
import type { Supervisor } from '../supervisor.ts'
import { discardProblems, peekProblems, redriveProblems } from './check-options.ts'
import type { Choice } from './choice.ts'
import { deadMessageOf } from './dead-message.ts'
import { discard } from './discard.ts'
import { withLook, type Look, type LookOptions } from './look.ts'
import { Redrive } from './redrive.ts'
import { total } from './total.ts'
import type { DeadLetters, DeadMessage, RedriveOptions, RedriveResult } from './types.ts'

const DEFAULT_PEEK = 20
const DEFAULT_SCAN = 10_000
/** Messages in hand at a time, beside the receipts of those that stay. */
const SLICE = 100

/** The dead-letter queue of one source: an ordinary queue that is looked at and emptied. */
export class DeadLetterQueue implements DeadLetters<unknown, unknown> {
  readonly #runtime: Runtime
  readonly #supervisor: Supervisor
  readonly #source: Source
  readonly #name: string
  readonly #dead: Target
  readonly #inbox: Target
  readonly #reader: BodyReader

  constructor(
    runtime: Runtime,
    supervisor: Supervisor,
    source: Source,
    targets: { readonly dead: Target; readonly inbox: Target },
  ) {
    this.#runtime = runtime
    this.#supervisor = supervisor
    this.#source = source
    this.#name = displayName(source)
    this.#dead = targets.dead
    this.#inbox = targets.inbox
    this.#reader = new BodyReader(destinationOf(source))
  }

  async peek(options: { readonly max?: number } = {}): Promise<DeadMessage<unknown>[]> {
    refuse(`peek at the dead letters of "${this.#name}"`, peekProblems(options))
    const max = options.max ?? DEFAULT_PEEK
    return this.#withLook({ max, slice: max, browse: true }, async (look) =>
      (await look.next()).map((incoming: Incoming<unknown>) => deadMessageOf(incoming, this.#reader)),
    )
  }

  async count(): Promise<number> {
    return this.#inOurWords(async (driver) => total(await driver.stats(this.#dead)) ?? 0)
  }

  async redrive(options: RedriveOptions<unknown, unknown> = {}): Promise<RedriveResult> {
    refuse(`redrive the dead letters of "${this.#name}"`, redriveProblems(options))
    const what = {
      max: options.scan ?? DEFAULT_SCAN,
      slice: SLICE,
      browse: options.dryRun === true,
      signal: options.signal,
    }
    return this.#withLook(what, (look) => {
      const way = {
        clock: this.#runtime.clock,
        adapter: this.#runtime.adapter,
        name: this.#name,
        to: this.#inbox,
        reader: this.#reader,
        destination: destinationOf(this.#source),
        maxBody: this.#supervisor.connected().manifest.maxBody,
      }
      return new Redrive(look, way, options).run()
    })
  }

  async discard(choice: Choice = {}): Promise<number> {
    refuse(`discard dead letters of "${this.#name}"`, discardProblems(choice))
    return this.#withLook({ max: Infinity, slice: SLICE, browse: false }, (look) =>
      discard(look, choice, this.#reader, this.#name),
    )
  }

  async purge(): Promise<void> {
    return this.#inOurWords((driver) => driver.purge(this.#dead))
  }

  #withLook<T>(
    what: Omit<LookOptions, 'target' | 'signal'> & { readonly signal?: AbortSignal | undefined },
    use: (look: Look) => Promise<T>,
  ): Promise<T> {
    return this.#inOurWords(() =>
      withLook(this.#runtime, this.#supervisor, { signal: undefined, ...what, target: this.#dead }, use),
    )
  }

  /** What the broker's client throws becomes an error of the library. */
  async #inOurWords<T>(ask: (driver: Driver) => Promise<T>): Promise<T> {
    const driver = this.#supervisor.connected()
    try {
      return await ask(driver)
    } catch (error) {
      throw MqError.is(error) ? error : errorOf(driver.classify(error), this.#runtime.adapter, this.#name)
    }
  }
}
