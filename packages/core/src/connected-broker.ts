import type { Broker, SourceStats } from './broker.ts'
import { closeTimeout } from './close-timeout.ts'
import { Consumers } from './consume/consumers.ts'
import type { Consumer, ConsumerOptions } from './consume/options.ts'
import { DeadLetterQueue } from './dead-letters/dead-letter-queue.ts'
import { total } from './dead-letters/total.ts'
import type { DeadLetters } from './dead-letters/types.ts'
import { displayName, type Definition, type Queue, type Source, type Topic } from './definition/definition.ts'
import type { Duration } from './duration.ts'
import { Relays } from './emulate/relays.ts'
import { MqError, toMqError } from './errors.ts'
import type { Handling } from './handler.ts'
import type { Health } from './health.ts'
import { timeLeft } from './mechanism/bounded.ts'
import { runHandlers, type RunOptions } from './run.ts'
import type { Runtime } from './runtime.ts'
import type { Producer, ProducerOptions, SendOptions } from './send/options.ts'
import { Producers } from './send/producers.ts'
import type { Manifest } from './spi/manifest.ts'
import type { Supervisor } from './supervisor.ts'
import type { Targets } from './targets.ts'
import { show } from './options/show.ts'

/** A broker object with a connection: hands out producers and consumers, and closes them in order. */
export class ConnectedBroker implements Broker {
  readonly #runtime: Runtime
  readonly #supervisor: Supervisor
  readonly #targets: Targets
  readonly #definitions: ReadonlySet<Definition>
  readonly #capabilities: Manifest
  readonly #producers: Producers
  readonly #consumers: Consumers
  readonly #relays: Relays
  #closing: Promise<void> | null = null
  /** While consumers close their handlers may still send. */
  #mayProduce = true

  constructor(
    runtime: Runtime,
    supervisor: Supervisor,
    targets: Targets,
    definitions: readonly Definition[],
    manifest: Manifest,
    relay: boolean,
  ) {
    this.#runtime = runtime
    this.#supervisor = supervisor
    this.#targets = targets
    this.#definitions = new Set(
      definitions.flatMap((definition): Definition[] =>
        definition.kind === 'group' ? [definition, definition.topic] : [definition],
      ),
    )
    this.#capabilities = manifest
    this.#producers = new Producers(runtime, supervisor, targets)
    this.#relays = new Relays(runtime, supervisor)
    this.#relays.know(
      [...this.#definitions].map((definition) => targets.main(definition)),
      relay,
    )
    this.#consumers = new Consumers(runtime, supervisor, targets, this, this.#relays)
  }

  get capabilities(): Manifest {
    return this.#supervisor.driver?.manifest ?? this.#capabilities
  }

  get native(): unknown {
    return this.#supervisor.connected().native
  }

  producer<In, Level extends string>(
    to: Queue<In, unknown, Level> | Topic<In, unknown, string, Level>,
    options?: ProducerOptions,
  ): Producer<In, Level> {
    if (!this.#mayProduce) throw closedError()
    this.#refuseUnlisted(to, 'queue', 'topic')
    return this.#producers.open(to, this.capabilities, options)
  }

  send(to: Queue | Topic, body: unknown, options?: SendOptions): Promise<string> {
    try {
      return this.producer(to).send(body as never, options)
    } catch (error) {
      const refused = Promise.reject<never>(toMqError(error, 'MQ_CONFIG'))
      // A caller that never looks at the promise must not bring the process down.
      refused.catch(() => undefined)
      return refused
    }
  }

  consumer<Out>(source: Source<Out>, options: ConsumerOptions = {}): Consumer<Out> {
    this.#refuseUnfit(source, 'queue', 'group')
    return this.#consumers.open(source, this.capabilities, options)
  }

  async run(handlers: readonly Handling[], options: RunOptions = {}): Promise<void> {
    if (this.#closing !== null) throw closedError()
    await runHandlers(
      (source, how) => {
        this.#refuseUnfit(source, 'queue', 'group')
        return this.#consumers.open(source, this.capabilities, how)
      },
      handlers,
      options,
      (signal) => this.#runtime.log.info({ signal }, 'a signal ends the run: no further handler starts'),
    )
  }

  deadLetters<In, Out>(source: Source<Out, In>): DeadLetters<In, Out> {
    this.#refuseUnfit(source, 'queue', 'group')
    const targets = { dead: this.#targets.dead(source), inbox: this.#targets.inbox(source) }
    return new DeadLetterQueue(this.#runtime, this.#supervisor, source, targets) as unknown as DeadLetters<In, Out>
  }

  async stats(source: Source): Promise<SourceStats> {
    this.#refuseUnfit(source, 'queue', 'group')
    const driver = this.#supervisor.connected()
    const [own, dead] = await Promise.all([
      driver.stats(this.#targets.main(source)),
      driver.stats(this.#targets.dead(source)),
    ])
    const { ready, leased, delayed, oldest } = own
    return {
      ready,
      leased,
      delayed,
      dead: total(dead),
      oldest: oldest === undefined ? undefined : new Date(oldest),
    }
  }

  health(): Health {
    return this.#closing === null
      ? this.#runtime.health.read()
      : { status: 'down', reasons: ['the broker object is closed'] }
  }

  async close(options?: { readonly timeout?: Duration }): Promise<void> {
    const timeout = closeTimeout(options)
    this.#closing ??= this.#close(timeout)
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** Consumers first: their handlers may still send. */
  async #close(timeout: number): Promise<void> {
    const left = timeLeft(this.#runtime.clock, timeout)
    await this.#consumers.close(left())
    await this.#relays.close(left())
    this.#mayProduce = false
    await this.#producers.close(left())
    await this.#supervisor.close(left())
    this.#runtime.wheel.stop()
  }

  #refuseUnfit(definition: Definition, ...kinds: readonly Definition['kind'][]): void {
    if (this.#closing !== null) throw closedError()
    this.#refuseUnlisted(definition, ...kinds)
  }

  #refuseUnlisted(definition: Definition, ...kinds: readonly Definition['kind'][]): void {
    const isListed = this.#definitions.has(definition)
    if (isListed && kinds.includes(definition.kind)) return
    throw new MqError(
      'MQ_CONFIG',
      isListed
        ? `the definition "${displayName(definition)}" is a ${definition.kind}; give a ${kinds.join(' or a ')}`
        : `${nameOf(definition)} is not one of this broker's definitions; add it to \`definitions\` when the broker is created (broker.declare is not built in this version)`,
    )
  }
}

function closedError(): MqError {
  return new MqError('MQ_CLOSED', 'the broker object is closed')
}

function nameOf(value: unknown): string {
  try {
    return `"${displayName(value as Definition)}"`
  } catch {
    return show(value)
  }
}
