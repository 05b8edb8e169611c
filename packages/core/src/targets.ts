import {
  destinationOf,
  displayName,
  type Definition,
  type Group,
  type Queue,
  type Source,
  type Topic,
} from './definition/definition.ts'
import type { Naming } from './naming.ts'
import { fingerprintText } from './spi/fingerprint.ts'
import type { Target } from './spi/target.ts'

/** Turns definitions into physical targets: the one place that knows which places on the broker belong to what. */
export class Targets {
  readonly #naming: Naming
  readonly #adapter: string

  constructor(naming: Naming, adapter: string) {
    this.#naming = naming
    this.#adapter = adapter
  }

  /** What a producer sends to, and what a consumer of a queue or group reads from. */
  main(definition: Definition): Target {
    if (definition.kind === 'group') return this.#groupTarget(definition, 'main')
    return this.#target(definition, {
      address: this.#naming.destination(definition.name),
      kind: definition.kind,
      dead: this.#deadAddress(definition),
    })
  }

  /** What reaches this source alone: where a redrive goes. */
  inbox(source: Source): Target {
    return source.kind === 'group' ? this.#groupTarget(source, 'inbox') : this.main(source)
  }

  /** The dead-letter queue of a source. */
  dead(source: Source): Target {
    const address = this.#naming.dead(this.#sourceAddress(source))
    return this.#target(source, { address, kind: 'queue', role: 'dead', dead: undefined })
  }

  /**
   * Everything that must exist for a definition, in the order of creation. Dead-letter queues always: what exists on the
   * broker must not depend on how a source is consumed. Of a group also its topic's listed groups: whoever connects
   * first creates them, so that none misses a message.
   */
  all(definition: Definition): Target[] {
    if (definition.kind === 'queue') return [this.dead(definition), this.main(definition)]
    if (definition.kind === 'group')
      return [...this.all(definition.topic), this.dead(definition), this.main(definition)]
    return [this.main(definition), ...definition.groups.flatMap((name) => this.#listedGroup(definition, name))]
  }

  #groupTarget(group: Group, role: 'main' | 'inbox'): Target {
    return this.#target(group, {
      address: this.#sourceAddress(group),
      kind: 'group',
      role,
      of: this.#naming.destination(group.topic.name),
      dead: this.#deadAddress(group),
      from: group.from,
    })
  }

  /** A listed group, of which this process may have no definition. */
  #listedGroup(topic: Topic, name: string): Target[] {
    const address = this.#naming.group(topic.name, name)
    const dead = this.#naming.dead(address)
    const own = { name: `${topic.name}/${name}` }
    return [
      this.#target(topic, { ...own, address: dead, kind: 'queue', role: 'dead' }),
      this.#target(topic, { ...own, address, kind: 'group', of: this.#naming.destination(topic.name), dead }),
    ]
  }

  #sourceAddress(source: Source): string {
    return source.kind === 'group'
      ? this.#naming.group(source.topic.name, source.name)
      : this.#naming.destination(source.name)
  }

  #deadAddress(definition: Queue | Topic | Group): string | undefined {
    return definition.kind === 'topic' ? undefined : this.#naming.dead(this.#sourceAddress(definition))
  }

  /** Of an entity of this kind: only a topic lists groups. */
  #fingerprint(definition: Definition, { kind }: Pick<Target, 'kind'>): string {
    const { dedupe, ordering, priority, native } = destinationOf(definition)
    return fingerprintText({
      ordered: ordering !== undefined,
      shards: ordering?.shards ?? 0,
      levels: priority?.levels ?? [],
      dedupe: dedupe !== undefined,
      groups: kind === 'topic' && definition.kind === 'topic' ? definition.groups : [],
      native: JSON.stringify(native[this.#adapter] ?? null),
    })
  }

  #target(definition: Definition, own: Partial<Target> & Pick<Target, 'address' | 'kind'>): Target {
    const { delay, dedupe, ordering, priority, retention, native } = destinationOf(definition)
    const isDead = own.role === 'dead'
    return Object.freeze({
      role: 'main',
      name: displayName(definition),
      of: undefined,
      dead: undefined,
      level: undefined,
      levels: isDead ? [] : (priority?.levels ?? []),
      policy: priority?.policy ?? 'weighted',
      shard: undefined,
      shards: isDead ? 0 : (ordering?.shards ?? 0),
      exclusive: false,
      ordered: ordering !== undefined,
      lifetime: 'durable',
      dedupeWindow: dedupe?.window ?? 0,
      maxDelay: delay?.max ?? 0,
      retention,
      from: 'now',
      fingerprint: isDead ? '' : this.#fingerprint(definition, own),
      native: native[this.#adapter],
      ...own,
    } satisfies Target)
  }
}
