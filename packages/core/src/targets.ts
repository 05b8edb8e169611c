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

  /** Everything that must exist for a definition, in the order of creation. */
  all(definition: Definition): Target[] {
    if (definition.kind === 'topic') {
      return [this.main(definition), ...definition.groups.map((name) => this.#listedGroup(definition, name))]
    }
    const dead = definition.policy.deadLetter === 'drop' ? [] : [this.dead(definition)]
    const topic = definition.kind === 'group' ? [this.main(definition.topic)] : []
    return [...topic, ...dead, this.main(definition)]
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

  /** A listed group that this process has no definition of: it exists from the first send on all the same. */
  #listedGroup(topic: Topic, name: string): Target {
    const of = this.#naming.destination(topic.name)
    return this.#target(topic, {
      address: this.#naming.group(topic.name, name),
      kind: 'group',
      of,
      name: `${topic.name}/${name}`,
    })
  }

  #sourceAddress(source: Source): string {
    return source.kind === 'group'
      ? this.#naming.group(source.topic.name, source.name)
      : this.#naming.destination(source.name)
  }

  #deadAddress(definition: Queue | Topic | Group): string | undefined {
    if (definition.kind === 'topic' || definition.policy.deadLetter === 'drop') return undefined
    return this.#naming.dead(this.#sourceAddress(definition))
  }

  #target(definition: Definition, own: Partial<Target> & Pick<Target, 'address' | 'kind'>): Target {
    const { delay, dedupe, ordering, retention, native } = destinationOf(definition)
    return Object.freeze({
      role: 'main',
      name: displayName(definition),
      of: undefined,
      dead: undefined,
      level: undefined,
      shard: undefined,
      exclusive: false,
      ordered: ordering !== undefined,
      lifetime: 'durable',
      dedupeWindow: dedupe?.window ?? 0,
      maxDelay: delay?.max ?? 0,
      retention,
      from: 'now',
      fingerprint: '',
      native: native[this.#adapter],
      ...own,
    } satisfies Target)
  }
}
