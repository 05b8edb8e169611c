import {
  MqError,
  isSameShape,
  levelsIn,
  reconciled,
  type Clock,
  type Ensured,
  type EnsureMode,
  type Outgoing,
  type Target,
} from '@anymq/core/driver'
import { DedupeWindow } from './dedupe-window.ts'
import { MemoryQueue, type Room } from './memory-queue.ts'
import { Turn } from './turn.ts'

/** Bounds of one server. */
export interface MemoryServerOptions {
  /** Most messages in all queues together; more are refused as MQ_THROTTLED. Default 5,000,000. */
  readonly maxMessages?: number
  /** Most bytes of bodies in all queues together. Default 2 GiB. */
  readonly maxBytes?: number
}

/** A broker within this process. Adapters made with the same server share its queues, as processes share a broker. */
export interface MemoryServer {
  /** Messages that it holds now. */
  readonly messages: number
  /** Bytes of bodies that it holds now. */
  readonly bytes: number
  /** Physical names of its queues. */
  readonly queues: readonly string[]
}

/** Make a server: `memory({ server })` for each broker object that shall share it. */
export function memoryServer(options: MemoryServerOptions = {}): MemoryServer {
  return new InProcessServer(
    limit('maxMessages', options.maxMessages, 5_000_000),
    limit('maxBytes', options.maxBytes, 2 ** 31),
  )
}

function limit(name: string, given: unknown, otherwise: number): number {
  if (given === undefined) return otherwise
  if (Number.isSafeInteger(given) && (given as number) > 0) return given as number
  throw new MqError(
    'MQ_CONFIG',
    `memoryServer: ${name} is ${typeof given === 'number' ? given : typeof given}; give a whole number from 1`,
  )
}

/** Accepted, refused for lack of room, no such topic, nowhere to go, or a repeat that is dropped. */
export type Accepted = 'yes' | 'full' | 'missing' | 'unroutable' | 'duplicate'

/** A topic: the queues of its groups. */
interface MemoryTopic {
  readonly groups: MemoryQueue[]
  readonly dedupe: DedupeWindow | null
}

/** The server as its connections see it. */
export class InProcessServer implements MemoryServer, Room {
  readonly #maxMessages: number
  readonly #maxBytes: number
  readonly #queues = new Map<string, MemoryQueue>()
  readonly #topics = new Map<string, MemoryTopic>()
  readonly #fingerprints = new Map<string, string>()
  #messages = 0
  #bytes = 0
  #time: { readonly clock: Clock; readonly turn: Turn } | null = null

  constructor(maxMessages: number, maxBytes: number) {
    this.#maxMessages = maxMessages
    this.#maxBytes = maxBytes
  }

  get messages(): number {
    return this.#messages
  }

  get bytes(): number {
    return this.#bytes
  }

  get queues(): readonly string[] {
    return [...this.#queues.keys()]
  }

  get clock(): Clock {
    return this.#time!.clock
  }

  get turn(): Turn {
    return this.#time!.turn
  }

  /** The first broker brings the clock; all must live in the same time. Returns true for the first. */
  adopt(clock: Clock): boolean {
    const isFirst = this.#time === null
    this.#time ??= { clock, turn: new Turn(clock) }
    if (this.#time.clock === clock) return isFirst
    throw new MqError(
      'MQ_CONFIG',
      'brokers on one in-memory server must share one clock; give all of them the same `clock`',
    )
  }

  take(messages: number, bytes: number): boolean {
    if (this.#messages + messages > this.#maxMessages || this.#bytes + bytes > this.#maxBytes) return false
    this.#messages += messages
    this.#bytes += bytes
    return true
  }

  give(messages: number, bytes: number): void {
    this.#messages -= messages
    this.#bytes -= bytes
  }

  has(target: Target): boolean {
    return target.kind === 'topic' ? this.#topics.has(target.address) : this.#queues.has(target.address)
  }

  /** @throws MQ_NOT_FOUND, MQ_MISMATCH */
  ensure(target: Target, mode: EnsureMode): Ensured<never> {
    const isThere = this.has(target)
    if (!isThere && mode === 'verify')
      throw new MqError('MQ_NOT_FOUND', `there is no ${target.kind} "${target.address}" on this in-memory server`, {
        adapter: 'memory',
      })
    const stored = isThere && mode !== 'replace' ? (this.#fingerprints.get(target.address) ?? '') : ''
    const fingerprint = reconciled(target, stored, mode)
    if (mode !== 'verify') {
      const before = this.#fingerprints.get(target.address)
      this.#fingerprints.set(target.address, fingerprint)
      if (!isThere) this.#create(target)
      else if (!isSameShape(before ?? '', fingerprint)) this.#reshape(target, fingerprint, mode)
      this.#bind(target)
    }
    return { created: !isThere, fingerprint }
  }

  #reshape(target: Target, fingerprint: string, mode: EnsureMode): void {
    const queue = this.#queues.get(target.address)
    if (queue === undefined || target.role === 'dead') return
    if (mode === 'replace' && !queue.isEmpty)
      throw new MqError(
        'MQ_MISMATCH',
        `"${target.address}" still holds messages; drain it before its definition is replaced`,
        {
          adapter: 'memory',
        },
      )
    queue.reshape(target, target.levels.length > 0 ? levelsIn(fingerprint) : [])
  }

  #create(target: Target): void {
    if (target.kind === 'topic') {
      this.#topics.set(target.address, {
        groups: [],
        dedupe: target.dedupeWindow > 0 ? new DedupeWindow(target.dedupeWindow) : null,
      })
      return
    }
    this.#queues.set(target.address, new MemoryQueue(target, this))
  }

  /** A group hangs on its topic, also on one that was made anew. */
  #bind({ address, kind, of }: Target): void {
    if (kind !== 'group' || of === undefined) return
    const group = this.#queues.get(address)!
    const topic = this.#topics.get(of)
    if (topic === undefined) this.#topics.set(of, { groups: [group], dedupe: null })
    else if (!topic.groups.includes(group)) topic.groups.push(group)
  }

  /** @throws MQ_NOT_FOUND */
  queue(target: Target): MemoryQueue {
    const found = this.#queues.get(target.address)
    if (found !== undefined) return found
    throw new MqError('MQ_NOT_FOUND', `there is no queue "${target.address}" on this in-memory server`, {
      adapter: 'memory',
      destination: target.name,
    })
  }

  remove(target: Target): void {
    this.#fingerprints.delete(target.address)
    if (target.kind === 'topic') {
      this.#topics.delete(target.address)
      return
    }
    const found = this.#queues.get(target.address)
    found?.drop()
    this.#queues.delete(target.address)
    for (const { groups } of this.#topics.values()) {
      const index = groups.indexOf(found!)
      if (index >= 0) groups.splice(index, 1)
    }
  }

  /** To a queue, or a copy to every group of a topic: to all of them or to none. */
  accept(target: Target, message: Outgoing, now: number): Accepted {
    if (target.kind !== 'topic') {
      const to = this.#queues.get(target.address)
      if (to === undefined) return 'unroutable'
      return to.accept(message, now)
    }
    const topic = this.#topics.get(target.address)
    if (topic === undefined) return 'missing'
    const { groups, dedupe } = topic
    if (groups.length === 0) return 'unroutable'
    const { dedupeId } = message
    if (dedupe !== null && dedupeId !== undefined && dedupe.has(dedupeId, this.clock.monotonic())) return 'duplicate'
    if (
      this.#messages + groups.length > this.#maxMessages ||
      this.#bytes + groups.length * message.body.length > this.#maxBytes
    )
      return 'full'
    for (const group of groups) group.accept(message, now)
    if (dedupe !== null && dedupeId !== undefined) dedupe.add(dedupeId, this.clock.monotonic())
    return 'yes'
  }
}
