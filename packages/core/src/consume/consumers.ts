import { destinationOf, displayName, type Source } from '../definition/definition.ts'
import { MqError } from '../errors.ts'
import type { Runtime } from '../runtime.ts'
import type { Manifest } from '../spi/manifest.ts'
import type { Relays } from '../emulate/relays.ts'
import type { Target } from '../spi/target.ts'
import type { Supervisor } from '../supervisor.ts'
import type { Targets } from '../targets.ts'
import { BodyReader } from './body-reader.ts'
import { SourceEngine } from './engine.ts'
import type { ConsumerOptions } from './options.ts'
import { Outcomes } from './outcomes.ts'
import type { Outbox } from './pending-sends.ts'
import { resolveConsumer } from './resolve-consumer.ts'
import { SourceConsumer } from './source-consumer.ts'

/** One engine per source, as long as consumers share it. */
interface Shared {
  readonly engine: SourceEngine
  consumers: number
}

/** The consumers of one broker object. */
export class Consumers {
  readonly #runtime: Runtime
  readonly #supervisor: Supervisor
  readonly #targets: Targets
  readonly #outbox: Outbox
  readonly #relays: Relays
  readonly #engines = new Map<Source, Shared>()
  readonly #open = new Set<SourceConsumer>()

  constructor(runtime: Runtime, supervisor: Supervisor, targets: Targets, outbox: Outbox, relays: Relays) {
    this.#relays = relays
    this.#runtime = runtime
    this.#outbox = outbox
    this.#supervisor = supervisor
    this.#targets = targets
  }

  open(source: Source, manifest: Manifest, options: ConsumerOptions): SourceConsumer {
    const resolved = resolveConsumer(source, manifest, options)
    const shared = this.#share(source, resolved.lease)
    const consumer = new SourceConsumer({
      runtime: this.#runtime,
      engine: shared.engine,
      options: resolved,
      manifest,
      isOrdered: destinationOf(source).ordering !== undefined,
      outbox: this.#outbox,
      onClosed: () => {
        this.#open.delete(consumer)
        this.#leave(source, shared)
      },
    })
    this.#open.add(consumer)
    return consumer
  }

  /** Whether anybody here consumes a source, by its name for people. */
  isOpen(name: string): boolean {
    return [...this.#engines.keys()].some((source) => displayName(source) === name)
  }

  async close(timeout: number): Promise<void> {
    await Promise.all([...this.#open].map((consumer) => consumer.close({ timeout })))
  }

  #share(source: Source, lease: number): Shared {
    const shared = this.#engines.get(source) ?? this.#start(source, lease)
    if (shared.engine.lease !== lease) {
      throw new MqError(
        'MQ_CONFIG',
        `"${displayName(source)}" is consumed with a lease of ${shared.engine.lease} ms here already, and one broker object has one feed per source; use the same lease (found ${lease} ms)`,
      )
    }
    shared.consumers++
    return shared
  }

  #start(source: Source, lease: number): Shared {
    const name = displayName(source)
    const outcomes = new Outcomes(
      this.#runtime,
      name,
      new BodyReader(destinationOf(source)),
      { dead: this.#targets.dead(source), inbox: this.#targets.inbox(source) },
      destinationOf(source).ttl,
    )
    const shared = {
      engine: new SourceEngine(
        this.#runtime,
        { target: this.#targets.main(source), lease, skips: destinationOf(source).ordering?.onFailure === 'skip' },
        outcomes,
      ),
      consumers: 0,
    }
    this.#engines.set(source, shared)
    this.#supervisor.attach(shared.engine)
    for (const target of this.#relayed(source)) this.#relays.use(target)
    return shared
  }

  /** The last one turns off the light: the next consumer may want another lease. */
  #leave(source: Source, shared: Shared): void {
    if (--shared.consumers > 0) return
    this.#supervisor.detach(shared.engine)
    if (this.#engines.get(source) === shared) this.#engines.delete(source)
    for (const target of this.#relayed(source)) void this.#relays.leave(target)
  }

  /** Whoever consumes a source moves what waits for it: what comes again to it alone, and what was sent with a delay. */
  #relayed(source: Source): Target[] {
    const own = this.#targets.main(source)
    return source.kind === 'group' ? [own, this.#targets.main(source.topic)] : [own]
  }
}
