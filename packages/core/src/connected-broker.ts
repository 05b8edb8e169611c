import type { Broker, SourceStats } from './broker.ts'
import { closeTimeout } from './close-timeout.ts'
import { BodyReader } from './consume/body-reader.ts'
import { SourceEngine } from './consume/engine.ts'
import type { Consumer, ConsumerOptions } from './consume/options.ts'
import { Outcomes } from './consume/outcomes.ts'
import { resolveConsumer } from './consume/resolve-consumer.ts'
import { SourceConsumer } from './consume/source-consumer.ts'
import { DeadLetterQueue } from './dead-letters/dead-letter-queue.ts'
import { total } from './dead-letters/total.ts'
import type { DeadLetters } from './dead-letters/types.ts'
import {
  destinationOf,
  displayName,
  type Definition,
  type Queue,
  type Source,
  type Topic,
} from './definition/definition.ts'
import type { Duration } from './duration.ts'
import { MqError } from './errors.ts'
import type { Health } from './health.ts'
import type { Runtime } from './runtime.ts'
import { openProducer } from './send/open-producer.ts'
import type { Producer, ProducerOptions } from './send/options.ts'
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
  readonly #cached = new Map<Definition, Producer>()
  readonly #producers = new Set<Producer>()
  readonly #consumers = new Set<Consumer>()
  readonly #engines = new Map<Definition, SourceEngine>()
  #closing: Promise<void> | null = null

  constructor(runtime: Runtime, supervisor: Supervisor, targets: Targets, definitions: readonly Definition[]) {
    this.#runtime = runtime
    this.#supervisor = supervisor
    this.#targets = targets
    this.#definitions = new Set(
      definitions.flatMap((definition): Definition[] =>
        definition.kind === 'group' ? [definition, definition.topic] : [definition],
      ),
    )
    this.#capabilities = supervisor.connected().manifest
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
    this.#refuseUnfit(to, 'queue', 'topic')
    if (options !== undefined) return this.#newProducer(to, options)
    let producer = this.#cached.get(to)
    if (producer === undefined) {
      producer = this.#newProducer(to, {})
      this.#cached.set(to, producer)
    }
    return producer
  }

  #newProducer(to: Queue | Topic, options: ProducerOptions): Producer {
    const producer = openProducer(
      {
        runtime: this.#runtime,
        supervisor: this.#supervisor,
        to,
        target: this.#targets.main(to),
        maxBody: this.capabilities.maxBody,
        onClosed: () => {
          this.#producers.delete(producer)
          if (this.#cached.get(to) === producer) this.#cached.delete(to)
        },
      },
      options,
    )
    this.#producers.add(producer)
    return producer
  }

  consumer<Out>(source: Source<Out>, options: ConsumerOptions = {}): Consumer<Out> {
    this.#refuseUnfit(source, 'queue', 'group')
    const resolved = resolveConsumer(source, this.capabilities, options)
    const consumer = new SourceConsumer(this.#runtime, this.#engine(source, resolved.lease), resolved, () =>
      this.#consumers.delete(consumer),
    )
    this.#consumers.add(consumer)
    return consumer
  }

  /** One feed per source, however many consumers share it. */
  #engine(source: Source, lease: number): SourceEngine {
    const known = this.#engines.get(source)
    if (known !== undefined) {
      if (known.lease === lease) return known
      throw new MqError(
        'MQ_CONFIG',
        `"${displayName(source)}" is consumed with a lease of ${known.lease} ms here already, and one broker object has one feed per source; use the same lease (found ${lease} ms)`,
      )
    }
    const outcomes = new Outcomes(
      this.#runtime,
      displayName(source),
      new BodyReader(destinationOf(source)),
      this.#targets.dead(source),
    )
    const engine = new SourceEngine(this.#runtime, this.#targets.main(source), lease, outcomes)
    this.#engines.set(source, engine)
    this.#supervisor.attach(engine)
    return engine
  }

  deadLetters<In, Out>(source: Source<Out, In>): DeadLetters<In, Out> {
    this.#refuseUnfit(source, 'queue', 'group')
    if (source.policy.deadLetter === 'drop') {
      throw new MqError(
        'MQ_CONFIG',
        `"${displayName(source)}" has no dead-letter queue: its definition says deadLetter: 'drop'`,
      )
    }
    const targets = { dead: this.#targets.dead(source), inbox: this.#targets.inbox(source) }
    return new DeadLetterQueue(this.#runtime, this.#supervisor, source, targets) as unknown as DeadLetters<In, Out>
  }

  async stats(source: Source): Promise<SourceStats> {
    this.#refuseUnfit(source, 'queue', 'group')
    const driver = this.#supervisor.connected()
    const dead = source.policy.deadLetter === 'drop' ? undefined : driver.stats(this.#targets.dead(source))
    const [own, ofDead] = await Promise.all([driver.stats(this.#targets.main(source)), dead])
    const { ready, leased, delayed, oldest } = own
    return {
      ready,
      leased,
      delayed,
      dead: ofDead && total(ofDead),
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
    const end = this.#runtime.clock.monotonic() + timeout
    const left = (): number => Math.max(0, end - this.#runtime.clock.monotonic())
    await Promise.all([...this.#consumers].map((consumer) => consumer.close({ timeout: left() })))
    await Promise.all([...this.#producers].map((producer) => producer.close({ timeout: left() })))
    for (const engine of this.#engines.values()) this.#supervisor.detach(engine)
    await this.#supervisor.close(left())
    this.#runtime.wheel.stop()
  }

  #refuseUnfit(definition: Definition, ...kinds: readonly Definition['kind'][]): void {
    if (this.#closing !== null) throw new MqError('MQ_CLOSED', 'the broker object is closed')
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

function nameOf(value: unknown): string {
  try {
    return `"${displayName(value as Definition)}"`
  } catch {
    return show(value)
  }
}
