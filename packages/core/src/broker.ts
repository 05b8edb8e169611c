import type { Emulation } from './capability/resolve.ts'
import type { Served } from './capability/served.ts'
import type { ConsumerOptions, Consumer } from './consume/options.ts'
import type { DeadLetters } from './dead-letters/types.ts'
import type { Definition, Group, Queue, Source, Topic } from './definition/definition.ts'
import type { Duration } from './duration.ts'
import type { EventListener } from './events.ts'
import type { Handling } from './handler.ts'
import type { Health } from './health.ts'
import type { Interceptor } from './intercept/interceptor.ts'
import type { Logger } from './log.ts'
import type { Clock } from './mechanism/clock.ts'
import type { IdSource } from './mechanism/ids.ts'
import type { Randomness } from './mechanism/random.ts'
import { openBroker } from './open-broker.ts'
import type { DeclareOptions } from './provision/declaration.ts'
import type { Overrides, Provision } from './provision/deployment.ts'
import type { RunOptions } from './run.ts'
import type { Producer, ProducerOptions, SendOptions } from './send/options.ts'
import type { Adapter } from './spi/driver.ts'
import type { Manifest } from './spi/manifest.ts'

/** How a broker object is made. */
export interface BrokerOptions {
  /** Every queue, topic and group that this process uses. `broker.declare` adds more later. */
  readonly definitions: readonly Definition[]
  /** Prefix for all physical names of one application or environment. Default: none. */
  readonly namespace?: string
  /** Whether what is missing on the broker is made, refused, or not even looked for. Default `'create'`. */
  readonly provision?: Provision
  /** How single destinations and groups differ in this deployment, by name: `{ orders: { name: 'Legacy.Orders', provision: 'none' } }`. Default: none. */
  readonly overrides?: Overrides
  /** What core makes up for because the broker lacks it: used, used and logged at `warn` when the broker is opened, or refused. Default `'allow'`. */
  readonly emulation?: Emulation
  /**
   * Move the delayed messages of every definition, where the broker cannot let them wait by itself, whether or not this process
   * consumes it. Default false: a process moves them for what it consumes.
   */
  readonly relay?: boolean
  /** How long `createBroker` tries to connect. Default `'30s'`. */
  readonly timeout?: Duration
  /** Default: warnings and errors on stderr. */
  readonly logger?: Logger
  /** What happens inside, for programs. Default: nobody listens. */
  readonly onEvent?: EventListener
  /** Around every send and every handler, the outermost first. Default: none. */
  readonly interceptors?: readonly Interceptor[]
  /** Default: the machine's. */
  readonly clock?: Clock
  /** Default: the machine's. */
  readonly random?: Randomness
  /** Message ids. Default: UUIDs of version 7. */
  readonly ids?: IdSource
}

/** How much waits in a source. Undefined where the broker does not tell. */
export interface SourceStats {
  readonly ready: number | undefined
  readonly leased: number | undefined
  readonly delayed: number | undefined
  readonly dead: number | undefined
  /** When the oldest ready message was sent. */
  readonly oldest: Date | undefined
}

/** A connection to one broker, and everything that is made on it. `M`: what is known of it at compile time. */
export interface Broker<Native = unknown, M extends Manifest = Manifest> extends AsyncDisposable {
  /** What this broker offers, as probed. */
  readonly capabilities: Manifest
  /** What it offers to a listed definition: less where what exists for it is weaker than the broker. @throws MQ_CONFIG if it is not listed */
  capabilitiesOf(definition: Definition): Manifest
  /** The client's own objects, for what the portable interface does not say. @throws MQ_CONNECTION while there is no connection */
  readonly native: Native
  /** The producer of a listed queue or topic; without options always the same one. @throws MQ_CONFIG if it is not listed */
  producer<In, Level extends string>(
    to: Queue<In, unknown, Level> | Topic<In, unknown, string, Level>,
    options?: ProducerOptions,
  ): Producer<In, Level>
  /** A new consumer of a listed queue or group, yours to keep and to close; the broker's close closes it too. @throws MQ_CONFIG if it is not listed */
  consumer<Out>(source: Source<Out>, options?: ConsumerOptions): Consumer<Out>
  /**
   * Send with the producer that `producer(to)` returns. Rejects as its `send` does.
   *
   * @throws MQ_CONFIG if the destination is not listed
   */
  send<In, Level extends string>(
    to: Queue<In, unknown, Level> | Topic<In, unknown, string, Level>,
    body: NoInfer<In>,
    options?: SendOptions<NoInfer<Level>>,
  ): Promise<string>
  /**
   * Run handlers of many sources, with one total limit, until all have ended. SIGTERM and SIGINT close them in good order, as the
   * broker's `close` does; the broker stays open. A freed slot goes to the source that has waited longest. Rejects with what killed
   * one, when the others are closed.
   *
   * @throws MQ_CONFIG for bad options or a source that is not listed, MQ_UNSUPPORTED for what the broker does not allow
   */
  run(handlers: readonly Handling[], options?: RunOptions): Promise<void>
  /**
   * List a definition, and make what the broker keeps of it what it says now, though it was different or wider. What still holds
   * messages is refused: drain it first. Rejects with MQ_CONFIG where `provision` is not `'create'`, and as below.
   */
  declare<const D extends Definition>(definition: D & Served<M, D>, options: DeclareOptions): Promise<void>
  /**
   * List more definitions: they are checked as at the start, what they need exists then, and reconnects see to them too. All of
   * them are listed, or none. Overrides are for definitions of the start. Rejects with MQ_CONFIG, MQ_UNSUPPORTED, MQ_MISMATCH, MQ_NOT_FOUND,
   * MQ_CONNECTION while there is no connection, and MQ_CLOSED.
   */
  declare<const D extends readonly Definition[]>(
    ...definitions: D & { readonly [K in keyof D]: Served<M, D[K]> }
  ): Promise<void>
  /**
   * Remove a group from the broker with all that it holds, its dead letters too, and from what this broker object lists. It need not
   * be listed. Rejects with MQ_CONFIG while it is consumed here or its topic lists it here, for it would be made again, as it is by any
   * process that still has it; MQ_CONNECTION while there is no connection; MQ_CLOSED.
   */
  remove(group: Group): Promise<void>
  /** The dead-letter queue of a listed source. @throws MQ_CONFIG if it is not listed or its dead letters are dropped */
  deadLetters<In, Out>(source: Source<Out, In>): DeadLetters<In, Out>
  /** @throws MQ_CONFIG if the source is not listed; rejects with MQ_CONNECTION while there is no connection */
  stats(source: Source): Promise<SourceStats>
  /** Never throws. */
  health(): Health
  /**
   * Stop intake, let running handlers finish, settle, give back the rest, flush producers, disconnect. Idempotent and bounded:
   * `timeout` default `'30s'`. Inside a handler: do not await it, for it waits for that handler.
   */
  close(options?: { readonly timeout?: Duration }): Promise<void>
}

/**
 * Connect to a broker and make sure that what the definitions need exists there.
 * A definition that needs what the adapter lacks does not compile; the editor shows a sentence.
 *
 * @throws MQ_CONFIG for bad options; MQ_UNSUPPORTED with every problem at once; MQ_CONNECTION, MQ_DENIED and others from connecting
 */
export function createBroker<M extends Manifest, N, const D extends readonly Definition[]>(
  adapter: Adapter<M, unknown, N>,
  options: Omit<BrokerOptions, 'definitions'> & {
    readonly definitions: D & { readonly [K in keyof D]: Served<M, D[K]> }
  },
): Promise<Broker<N, M>> {
  return openBroker(adapter, options) as unknown as Promise<Broker<N, M>>
}
