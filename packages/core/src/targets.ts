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
import { Deployment, type Provision } from './provision/deployment.ts'
import { destinationName, ownerName } from './provision/names.ts'
import { fingerprintText } from './spi/fingerprint.ts'
import type { Manifest } from './spi/manifest.ts'
import type { Target } from './spi/target.ts'

/** Turns definitions into physical targets: the one place that knows which places on the broker belong to what. */
export class Targets {
  readonly #naming: Naming
  readonly #adapter: string
  readonly #deployment: Deployment
  /** Each group is a queue, and there is no topic on the broker: its groups keep its list. */
  readonly #groupsKeepList: boolean

  constructor(
    naming: Naming,
    { adapter, capabilities }: Pick<Manifest, 'adapter' | 'capabilities'>,
    deployment: Deployment = new Deployment(),
  ) {
    this.#naming = naming
    this.#adapter = adapter
    this.#deployment = deployment
    this.#groupsKeepList = capabilities.groups === 'emulated'
  }

  /** Whether a place is made, looked at, or taken for granted. */
  provisionOf(place: Target): Provision {
    return this.#deployment.provisionOf(ownerName(place))
  }

  /** True where somebody else has chosen the name that an address is composed from. */
  isForeign(place: Target): boolean {
    const name = ownerName(place)
    return [name, destinationName(name)].some((each) => this.#deployment.addressOf(each) !== undefined)
  }

  /** What a producer sends to, and what a consumer of a queue or group reads from. */
  main(definition: Definition): Target {
    if (definition.kind === 'group') return this.#groupTarget(definition, 'main')
    return this.#target(definition, {
      address: this.#address(definition),
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
    const address = this.#naming.dead(this.#address(source))
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
      address: this.#address(group),
      kind: 'group',
      role,
      of: this.#address(group.topic),
      dead: this.#deadAddress(group),
      from: group.from,
    })
  }

  /** A listed group, of which this process may have no definition. */
  #listedGroup(topic: Topic, name: string): Target[] {
    const own = { name: `${topic.name}/${name}` }
    const of = this.#address(topic)
    const address = this.#deployment.addressOf(own.name) ?? this.#naming.group(of, name)
    const dead = this.#naming.dead(address)
    return [
      this.#target(topic, { ...own, address: dead, kind: 'queue', role: 'dead' }),
      this.#target(topic, { ...own, address, kind: 'group', of, dead }),
    ]
  }

  #address(definition: Definition): string {
    const own = this.#deployment.addressOf(displayName(definition))
    if (own !== undefined) return own
    return definition.kind === 'group'
      ? this.#naming.group(this.#address(definition.topic), definition.name)
      : this.#naming.destination(definition.name)
  }

  #deadAddress(definition: Queue | Topic | Group): string | undefined {
    return definition.kind === 'topic' ? undefined : this.#naming.dead(this.#address(definition))
  }

  /** Of an entity of this kind. */
  #fingerprint(definition: Definition, kind: Target['kind'], native: unknown): string {
    const { dedupe, ordering, priority } = destinationOf(definition)
    return fingerprintText({
      ordered: ordering !== undefined,
      shards: ordering?.shards ?? 0,
      levels: priority?.levels ?? [],
      dedupe: dedupe !== undefined,
      groups: kind === 'topic' || (kind === 'group' && this.#groupsKeepList) ? listOf(definition) : [],
      native: JSON.stringify(native ?? null),
    })
  }

  #target(definition: Definition, own: Partial<Target> & Pick<Target, 'address' | 'kind'>): Target {
    const { delay, dedupe, ordering, priority, retention, native: options } = destinationOf(definition)
    const isDead = own.role === 'dead'
    const native = this.#deployment.nativeOf(own.name ?? displayName(definition)) ?? options[this.#adapter]
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
      // Also of a dead-letter queue: it is there, under one name, however many places the source itself is spread over.
      fingerprint: this.#fingerprint(definition, own.kind, native),
      native,
      ...own,
    } satisfies Target)
  }
}

function listOf(definition: Definition): readonly string[] {
  if (definition.kind === 'queue') return []
  return (definition.kind === 'group' ? definition.topic : definition).groups
}
