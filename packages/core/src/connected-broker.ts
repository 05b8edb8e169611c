import type { Broker, SourceStats } from './broker.ts'
import { closeTimeout } from './close-timeout.ts'
import { Consumers } from './consume/consumers.ts'
import type { Consumer, ConsumerOptions } from './consume/options.ts'
import type { SourceConsumer } from './consume/source-consumer.ts'
import { DeadLetterQueue } from './dead-letters/dead-letter-queue.ts'
import { total } from './dead-letters/total.ts'
import type { DeadLetters } from './dead-letters/types.ts'
import {
  displayName,
  type Definition,
  type Group,
  type Queue,
  type Source,
  type Topic,
} from './definition/definition.ts'
import type { Duration } from './duration.ts'
import { Relays } from './emulate/relays.ts'
import { MqError, toMqError } from './errors.ts'
import type { Handling } from './handler.ts'
import type { Health } from './health.ts'
import { timeLeft } from './mechanism/bounded.ts'
import { isPlainObject } from './plain-object.ts'
import type { Catalogue } from './provision/catalogue.ts'
import { isDefinition } from './provision/check-definitions.ts'
import { readDeclaration } from './provision/declaration.ts'
import type { Deployment } from './provision/deployment.ts'
import { runHandlers, type RunOptions } from './run.ts'
import type { Runtime } from './runtime.ts'
import type { Producer, ProducerOptions, SendOptions } from './send/options.ts'
import { Producers } from './send/producers.ts'
import type { Manifest } from './spi/manifest.ts'
import type { Supervisor } from './supervisor.ts'
import type { Targets } from './targets.ts'
import { show } from './options/show.ts'

/** What a broker object is made of. */
export interface BrokerParts {
  readonly runtime: Runtime
  readonly supervisor: Supervisor
  readonly targets: Targets
  readonly catalogue: Catalogue
  readonly deployment: Deployment
  /** As first probed. */
  readonly manifest: Manifest
  readonly relay: boolean
}

/** A broker object with a connection: hands out producers and consumers, and closes them in order. */
export class ConnectedBroker implements Broker {
  readonly #parts: BrokerParts
  readonly #runtime: Runtime
  readonly #supervisor: Supervisor
  readonly #targets: Targets
  readonly #catalogue: Catalogue
  readonly #producers: Producers
  readonly #consumers: Consumers
  readonly #relays: Relays
  /** What changes the catalogue is done one after the other. */
  #turn: Promise<unknown> = Promise.resolve()
  #closing: Promise<void> | null = null
  /** While consumers close their handlers may still send. */
  #mayProduce = true

  constructor(parts: BrokerParts) {
    const { runtime, supervisor, targets, catalogue } = parts
    this.#parts = parts
    this.#runtime = runtime
    this.#supervisor = supervisor
    this.#targets = targets
    this.#catalogue = catalogue
    this.#producers = new Producers(runtime, supervisor, targets)
    this.#relays = new Relays(runtime, supervisor)
    this.#relay([...catalogue.definitions])
    this.#consumers = new Consumers(runtime, supervisor, targets, this, this.#relays)
  }

  get capabilities(): Manifest {
    return this.#supervisor.driver?.manifest ?? this.#parts.manifest
  }

  capabilitiesOf(definition: Definition): Manifest {
    this.#refuseUnfit(definition, 'queue', 'topic', 'group')
    return this.#manifestOf(definition)
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
    return this.#producers.open(to, this.#manifestOf, options)
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
    return this.#open(source, options)
  }

  async run(handlers: readonly Handling[], options: RunOptions = {}): Promise<void> {
    if (this.#closing !== null) throw closedError()
    await runHandlers(
      (source, how) => this.#open(source, how),
      handlers,
      options,
      (signal) => this.#runtime.log.info({ signal }, 'a signal ends the run: no further handler starts'),
    )
  }

  declare(...given: readonly unknown[]): Promise<void> {
    return this.#inTurn(async () => {
      const { definitions, replace } = readDeclaration(given)
      if (replace) this.#refuseReplace(definitions[0]!)
      const fresh = await this.#supervisor.call((driver, within) =>
        this.#catalogue.declare(driver, definitions, replace, within),
      )
      if (this.#closing === null) this.#relay(fresh)
    })
  }

  remove(group: Group): Promise<void> {
    return this.#inTurn(async () => {
      this.#refuseRemoval(group)
      await this.#supervisor.call((driver, within) => this.#catalogue.remove(driver, group, within))
      if (this.#parts.relay) await this.#relays.leave(this.#targets.main(group))
    })
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

  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(() => {
      if (this.#closing !== null) throw closedError()
      return work()
    })
    this.#turn = done.catch(ignore)
    return done
  }

  #open(source: Source, options: ConsumerOptions): SourceConsumer {
    this.#refuseUnfit(source, 'queue', 'group')
    const concurrency = this.#parts.deployment.concurrencyOf(displayName(source))
    const hasDefault = concurrency !== undefined && isPlainObject(options) && options.concurrency === undefined
    return this.#consumers.open(source, this.#manifestOf(source), hasDefault ? { ...options, concurrency } : options)
  }

  readonly #manifestOf = (definition: Definition): Manifest => this.#catalogue.manifestOf(definition, this.capabilities)

  #relay(definitions: readonly Definition[]): void {
    this.#relays.know(
      definitions.map((definition) => this.#targets.main(definition)),
      this.#parts.relay,
    )
  }

  #refuseReplace(definition: Definition): void {
    const name = displayName(definition)
    const mode = this.#parts.deployment.provisionOf(name)
    if (mode === 'create') return
    throw new MqError('MQ_CONFIG', `"${name}" cannot be replaced: provision is '${mode}' for it; give 'create'`)
  }

  #refuseRemoval(group: Group): void {
    if (!isDefinition(group) || group.kind !== 'group')
      throw new MqError(
        'MQ_CONFIG',
        `broker.remove takes the definition of a group; ${nameOf(group)} is none: queues and topics are removed with the broker's own tools`,
      )
    const name = displayName(group)
    if (this.#consumers.isOpen(name))
      throw new MqError('MQ_CONFIG', `"${name}" is consumed by this broker object; close its consumers first`)
    if (this.#catalogue.lister(group) !== undefined)
      throw new MqError(
        'MQ_CONFIG',
        `the topic "${group.topic.name}" lists "${group.name}" here, so it would be made again; take it out of \`groups\` first, in every process`,
      )
  }

  #refuseUnfit(definition: Definition, ...kinds: readonly Definition['kind'][]): void {
    if (this.#closing !== null) throw closedError()
    this.#refuseUnlisted(definition, ...kinds)
  }

  #refuseUnlisted(definition: Definition, ...kinds: readonly Definition['kind'][]): void {
    const isListed = this.#catalogue.definitions.has(definition)
    if (isListed && kinds.includes(definition.kind)) return
    throw new MqError(
      'MQ_CONFIG',
      isListed
        ? `the definition "${displayName(definition)}" is a ${definition.kind}; give a ${kinds.join(' or a ')}`
        : `${nameOf(definition)} is not one of this broker's definitions; add it to \`definitions\` when the broker is created, or call broker.declare(definition)`,
    )
  }
}

function closedError(): MqError {
  return new MqError('MQ_CLOSED', 'the broker object is closed')
}

function nameOf(value: unknown): string {
  return isDefinition(value) ? `"${displayName(value)}"` : show(value)
}

function ignore(): void {
  // The caller has the same promise.
}
