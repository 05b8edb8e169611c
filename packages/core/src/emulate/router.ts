import { keyHash } from '../mechanism/murmur2.ts'
import { delayAddress, levelAddress, shardAddress } from '../naming.ts'
import type { Manifest } from '../spi/manifest.ts'
import type { Outgoing } from '../spi/messages.ts'
import type { Target } from '../spi/target.ts'
import { hopTo } from './hop.ts'
import type { Waiting } from './relay.ts'

/** One physical send. */
export interface Route {
  readonly to: Target
  readonly message: Outgoing
}

/**
 * Which physical places stand for what the definitions name, where the broker lacks something: a queue per listed group, a lane per
 * level, a part per shard, and places where messages wait. It outlives a connection, so that groups are known before the first send.
 */
export class Router {
  readonly #groups = new Map<string, Map<string, Target>>()
  readonly #parts = new WeakMap<Target, readonly Target[]>()
  readonly #waits = new WeakMap<Target, readonly Target[]>()
  #manifest: Manifest | null = null
  #turn = 0

  /** The broker as it is now. */
  use(manifest: Manifest): void {
    this.#manifest = manifest
  }

  /** True where what is sent to a target goes there and nowhere else, unless it has to wait. */
  isPlain(target: Target): boolean {
    return !(this.#fansOut && target.kind !== 'queue') && this.parts(target).length === 1
  }

  /** True where the broker cannot let a message wait by itself. */
  get relays(): boolean {
    return this.#manifest !== null && (this.#manifest.delay.kind === 'hop' || this.#manifest.delay.kind === 'tiers')
  }

  /** Everything that must exist for a target, in the order of creation. */
  places(target: Target): readonly Target[] {
    if (this.#fansOut && target.kind === 'topic') return this.waits(target)
    const queue = this.#fansOut && target.kind === 'group' ? this.#join(target) : target
    return [...this.waits(queue), ...this.parts(queue)]
  }

  /** Where the messages of a source are: one place, or a lane or part each. */
  sources(target: Target): readonly Target[] {
    return this.parts(this.#fansOut && target.kind === 'group' ? queueOf(target) : target)
  }

  /** The entity is removed. */
  forget(target: Target): void {
    if (target.kind === 'topic') this.#groups.delete(target.address)
    else if (target.of !== undefined) this.#groups.get(target.of)?.delete(target.address)
  }

  /** Where messages for this target wait: one place for hops, one per tier; none where the broker lets them wait, or nothing may. */
  waits(target: Target): readonly Target[] {
    const known = this.#waits.get(target)
    if (known !== undefined) return known
    const places = this.#newWaits(target)
    this.#waits.set(target, places)
    return places
  }

  /** Where messages for this target wait, each with how long they stay there. */
  waitings(destination: Target): readonly Waiting[] {
    const { delay } = this.#manifest!
    return this.waits(destination).map((place, index) => ({
      place,
      destination,
      step: delay.kind === 'tiers' ? delay.steps[index]! : 0,
    }))
  }

  /** The physical sends of one message. None: it reaches nobody. */
  routes(target: Target, given: Outgoing, now: number): readonly Route[] {
    if (given.notBefore > now && this.relays && target.role !== 'delay')
      return [hopTo(this.waits(target), given, this.#manifest!.delay, now)]
    const message = given.notBefore > 0 && this.relays ? atOnce(given) : given
    if (!this.#fansOut || target.kind === 'queue') return [this.#partOf(target, message)]
    if (target.kind === 'group') return [this.#partOf(queueOf(target), message)]
    return [...(this.#groups.get(target.address)?.values() ?? [])].map((group) => this.#partOf(group, message))
  }

  /** Lanes and parts; the target itself where it is neither. */
  parts(target: Target): readonly Target[] {
    const known = this.#parts.get(target)
    if (known !== undefined) return known
    const parts = this.#newParts(target)
    this.#parts.set(target, parts)
    return parts
  }

  get #fansOut(): boolean {
    return this.#manifest?.capabilities.groups === 'emulated'
  }

  /** The group exists from now on. Returns the queue that it is. */
  #join(group: Target): Target {
    const groups = this.#groups.get(group.of ?? '') ?? new Map<string, Target>()
    this.#groups.set(group.of ?? '', groups)
    const queue = queueOf(group)
    groups.set(group.address, queue)
    return queue
  }

  #newParts(target: Target): readonly Target[] {
    if (target.role === 'dead' || target.role === 'delay') return [target]
    const { ordering, priority } = this.#manifest!.capabilities
    const levels = priority === 'emulated' && target.levels.length > 0 ? target.levels : [undefined]
    const shards = ordering === 'emulated' && target.shards > 0 ? target.shards : 0
    if (levels.length === 1 && shards === 0) return [target]
    return levels.flatMap((level) => {
      const lane = level === undefined ? target : laneOf(target, level)
      return shards === 0 ? [lane] : Array.from({ length: shards }, (_, index) => shardOf(lane, index, shards))
    })
  }

  #partOf(target: Target, message: Outgoing): Route {
    const parts = this.parts(target)
    if (parts.length === 1) return { to: parts[0]!, message }
    const shards = parts[0]!.shard?.of ?? 1
    // What names no level of ours goes where the least urgent is.
    const found = parts[0]!.level === undefined ? 0 : target.levels.indexOf(message.level ?? '')
    const lane = found < 0 ? target.levels.length - 1 : found
    // Without a key there is no order to keep: parts take turns.
    const shard = shards === 1 ? 0 : (message.key === undefined ? this.#turn++ : keyHash(message.key)) % shards
    return { to: parts[lane * shards + shard]!, message }
  }

  #newWaits(target: Target): readonly Target[] {
    const { delay } = this.#manifest!
    if (!this.relays || target.role === 'dead' || target.role === 'delay') return []
    const place = {
      ...queueOf(target),
      ...PLAIN,
      name: `${target.name} delay`,
      address: delayAddress(target.address),
      role: 'delay' as const,
    }
    if (delay.kind !== 'tiers') return [Object.freeze(place)]
    const { length } = delay.steps
    return delay.steps.map((_, index) => shardOf({ ...place, exclusive: false }, index, length, false))
  }
}

/** It became due before it got through: a driver that cannot let it wait must not be asked to. */
function atOnce({ id, body, headers, key, level, shard, dedupeId, confirm, native }: Outgoing): Outgoing {
  return { id, body, headers, key, level, shard, notBefore: 0, dedupeId, confirm, native }
}

/** What a place for waiting is not. */
const PLAIN = Object.freeze({
  levels: [],
  shards: 0,
  ordered: false,
  dead: undefined,
  dedupeWindow: 0,
  fingerprint: '',
})

/** The driver knows queues only. */
function queueOf(target: Target): Target {
  if (target.kind === 'queue') return target
  const known = QUEUES.get(target)
  if (known !== undefined) return known
  const queue: Target = Object.freeze({ ...target, kind: 'queue', role: 'main', of: undefined })
  QUEUES.set(target, queue)
  return queue
}

/** One queue object for each group object, so that what hangs on it is found again. */
const QUEUES = new WeakMap<Target, Target>()

function laneOf(target: Target, level: string): Target {
  return Object.freeze({
    ...target,
    address: levelAddress(target.address, level),
    of: target.of === undefined ? undefined : levelAddress(target.of, level),
    level,
    levels: [],
  })
}

function shardOf(target: Target, index: number, of: number, exclusive = true): Target {
  return Object.freeze({
    ...target,
    address: shardAddress(target.address, index),
    of: target.of === undefined ? undefined : shardAddress(target.of, index),
    shard: { index, of },
    exclusive: exclusive && target.kind !== 'topic',
  })
}
