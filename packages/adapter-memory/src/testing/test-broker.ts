import {
  createBroker,
  MqError,
  silentLogger,
  type Broker,
  type Definition,
  type Duration,
  type Handling,
  type Interceptor,
  type Logger,
  type Queue,
  type Source,
  type Topic,
} from '@anymq/core'
import { displayName, seededRandomness, TestClock, type SeenMessage } from '@anymq/core/testing'
import type { MemoryConnection } from '../connection.ts'
import { memory } from '../memory.ts'
import { Patience } from './patience.ts'
import { Records, type Outcome } from './records.ts'
import { refuseBadTestBroker, refuseBadWait } from './refuse.ts'
import { tapped } from './tapped.ts'

/** What a test runs. */
export interface TestBrokerOptions {
  /** Queues, topics and groups that are used, beside the sources of `handlers`. Default: none. */
  readonly definitions?: readonly Definition[]
  /** What `handle` and `handleBatch` returned. Default: none. */
  readonly handlers?: readonly Handling[]
  /** Default: none. */
  readonly interceptors?: readonly Interceptor[]
  /** Default: silent, for tests let handlers fail on purpose. */
  readonly logger?: Logger
}

/** A broker in memory and in virtual time, with the handlers under test running on it. */
export interface TestBroker extends AsyncDisposable {
  /** Sends what the test wants to send, looks at dead letters, and whatever else a broker object does. */
  readonly broker: Broker<MemoryConnection>
  /** Stands still unless `advance`, `waitFor` or `idle` moves it; begins on 2026-01-01 UTC. */
  readonly clock: TestClock
  /** Everything that the broker has taken for a queue or topic, in order, whoever sent it. @throws MQ_CONFIG if it is not listed */
  sent<Out>(to: Queue<never, Out> | Topic<never, Out>): readonly SeenMessage<Out>[]
  /**
   * The first message of a source that fits and was acknowledged or given up, now or within 15 minutes of virtual time, which
   * passes as needed. `'dead'` holds for what the definition drops, too.
   *
   * @throws MQ_CONFIG for a source that is not listed and bad arguments; MQ_TIMEOUT, saying what was seen instead
   */
  waitFor<Out>(
    source: Source<Out>,
    predicate: (message: SeenMessage<Out>) => boolean,
    outcome: Outcome,
  ): Promise<SeenMessage<Out>>
  /**
   * Until no source of the handlers has anything ready or leased and no handler runs; virtual time passes as needed. What waits
   * for its time (a delay, a backoff) may stay.
   *
   * @throws MQ_TIMEOUT after 15 minutes of virtual time
   */
  idle(): Promise<void>
  /** Let virtual time pass: timers fire in order, and what they set off runs. */
  advance(by: Duration): Promise<void>
  /** Ends the handlers and the broker. Idempotent. */
  close(): Promise<void>
}

/**
 * Run handlers against a broker of their own: `await using t = await testBroker({ handlers: [handle(orders, onOrder)] })`.
 *
 * @throws MQ_CONFIG for bad options, and whatever `createBroker` throws
 */
export async function testBroker(options: TestBrokerOptions = {}): Promise<TestBroker> {
  refuseBadTestBroker(options)
  const clock = new TestClock()
  const handlers = options.handlers ?? []
  const sources = handlers.map(({ source }) => source)
  const definitions = [...new Set([...(options.definitions ?? []), ...sources])]
  const records = new Records(named(definitions))
  const patience = new Patience(clock)
  const broker: Broker<MemoryConnection> = await createBroker(tapped(memory(), records), {
    definitions,
    clock,
    random: seededRandomness(1),
    logger: options.logger ?? silentLogger,
    onEvent: (event) => records.note(event),
    interceptors: [patience.watch, ...(options.interceptors ?? [])],
  })
  const running = new RunningTest({ broker, clock, records, patience, sources, listed: named(definitions) })
  await running.run(handlers)
  return running
}

interface Parts {
  readonly broker: Broker<MemoryConnection>
  readonly clock: TestClock
  readonly records: Records
  readonly patience: Patience
  /** Those with a handler. */
  readonly sources: readonly Source[]
  readonly listed: ReadonlyMap<string, Definition>
}

class RunningTest implements TestBroker {
  readonly broker: Broker<MemoryConnection>
  readonly clock: TestClock
  readonly #parts: Parts
  #run: Promise<void> = Promise.resolve()
  #closing: Promise<void> | null = null

  constructor(parts: Parts) {
    this.broker = parts.broker
    this.clock = parts.clock
    this.#parts = parts
  }

  /** Starts the handlers; what kills one of them ends every wait. */
  async run(handlers: readonly Handling[]): Promise<void> {
    if (handlers.length === 0) return
    this.#run = this.broker.run(handlers, { signals: false })
    this.#run.catch((error: unknown) => this.#parts.patience.fail(error))
    try {
      await Promise.race([this.#run, this.clock.settle()])
    } catch (error) {
      await this.close()
      throw error
    }
  }

  sent<Out>(to: Queue<never, Out> | Topic<never, Out>): readonly SeenMessage<Out>[] {
    return this.#parts.records.sentTo(this.#nameOf(to, 'queue', 'topic')) as readonly SeenMessage<Out>[]
  }

  async waitFor<Out>(
    source: Source<Out>,
    predicate: (message: SeenMessage<Out>) => boolean,
    outcome: Outcome,
  ): Promise<SeenMessage<Out>> {
    refuseBadWait(predicate, outcome)
    const name = this.#nameOf(source, 'queue', 'group')
    const { ended } = this.#parts.records
    let found: SeenMessage | undefined
    let looked = 0
    const isThere = (): boolean => {
      for (; found === undefined && looked < ended.length; looked++) {
        const { source: from, outcome: how, message } = ended[looked]!
        if (from === name && how === outcome && predicate(message as SeenMessage<Out>)) found = message
      }
      return found !== undefined
    }
    if (await this.#parts.patience.until(isThere)) return found as SeenMessage<Out>
    throw await this.#tooLate(`no message of "${name}" that fits was ${outcome}`, source)
  }

  async idle(): Promise<void> {
    const { sources, patience } = this.#parts
    const isIdle = async (): Promise<boolean> => {
      const stats = await Promise.all(sources.map((source) => this.broker.stats(source)))
      return stats.every(({ ready, leased }) => ready === 0 && leased === 0) && patience.running === 0
    }
    if (!(await patience.until(isIdle))) throw await this.#tooLate('the handlers did not come to rest', ...sources)
  }

  advance(by: Duration): Promise<void> {
    return this.clock.advance(by)
  }

  async close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(): Promise<void> {
    let isClosed = false
    const closing = this.broker.close().finally(() => (isClosed = true))
    closing.catch(() => undefined)
    this.#parts.patience.forgive()
    await this.#parts.patience.until(() => isClosed)
    await closing
    await this.#run.catch(() => undefined)
  }

  #nameOf(definition: Definition, ...kinds: readonly Definition['kind'][]): string {
    const name = nameIn(this.#parts.listed, definition)
    if (name !== undefined && kinds.includes(definition.kind)) return name
    throw new MqError('MQ_CONFIG', `testBroker: that is no ${kinds.join(' or ')} of its definitions; add it there`)
  }

  async #tooLate(what: string, ...sources: readonly Source[]): Promise<MqError> {
    const seen = await Promise.all(sources.map((source) => this.#seenOf(source)))
    return new MqError(
      'MQ_TIMEOUT',
      `${what} within ${this.#parts.patience.limit} of virtual time.\n${seen.join('\n')}`,
    )
  }

  async #seenOf(source: Source): Promise<string> {
    const name = displayName(source)
    const { ready, leased, delayed } = await this.broker.stats(source)
    const ended = this.#parts.records.ended.filter((one) => one.source === name)
    const lines = ended
      .slice(-10)
      .map(({ outcome, message: { id, error } }) => `  ${id}: ${outcome}${error ? `, ${error}` : ''}`)
    const now = `"${name}": ${ended.length} ended, ${ready} ready, ${leased} leased, ${delayed} delayed`
    return [lines.length < ended.length ? `${now}; the last 10:` : now, ...lines].join('\n')
  }
}

/** Definitions by the name for people; a group brings its topic. */
function named(definitions: readonly Definition[]): ReadonlyMap<string, Definition> {
  const all = definitions.flatMap((one): Definition[] => (one.kind === 'group' ? [one, one.topic] : [one]))
  return new Map(all.map((one) => [displayName(one), one]))
}

function nameIn(listed: ReadonlyMap<string, Definition>, definition: Definition): string | undefined {
  for (const [name, other] of listed) if (other === definition) return name
  return undefined
}
