import type { Queue, Topic } from '../definition/definition.ts'
import type { Runtime } from '../runtime.ts'
import type { Manifest } from '../spi/manifest.ts'
import type { Supervisor } from '../supervisor.ts'
import type { Targets } from '../targets.ts'
import { interceptedProducer } from '../intercept/intercepted-producer.ts'
import { openProducer } from './open-producer.ts'
import type { Producer, ProducerOptions } from './options.ts'

/** The producers of one broker object. */
export class Producers {
  readonly #runtime: Runtime
  readonly #supervisor: Supervisor
  readonly #targets: Targets
  readonly #open = new Set<Producer>()
  /** Producers without options of their own: always the same one per destination. */
  readonly #cached = new Map<Queue | Topic, Producer>()

  constructor(runtime: Runtime, supervisor: Supervisor, targets: Targets) {
    this.#runtime = runtime
    this.#supervisor = supervisor
    this.#targets = targets
  }

  /** @param manifestOf what the broker offers to a destination */
  open(to: Queue | Topic, manifestOf: (to: Queue | Topic) => Manifest, options: ProducerOptions | undefined): Producer {
    const cached = options === undefined ? this.#cached.get(to) : undefined
    if (cached !== undefined) return cached
    const place = {
      runtime: this.#runtime,
      supervisor: this.#supervisor,
      to,
      target: this.#targets.main(to),
      manifest: manifestOf(to),
      closing: () => {
        if (this.#cached.get(to) === producer) this.#cached.delete(to)
      },
      closed: () => this.#open.delete(producer),
    }
    const producer = interceptedProducer(this.#runtime, to.name, () => openProducer(place, options ?? {}))
    this.#open.add(producer)
    if (options === undefined) this.#cached.set(to, producer)
    return producer
  }

  async close(timeout: number): Promise<void> {
    await Promise.all([...this.#open].map((producer) => producer.close({ timeout })))
  }
}
