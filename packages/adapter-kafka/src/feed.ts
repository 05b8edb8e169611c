import type { BatchResult, DriverContext, Failure, Feed, Settlement, Sink, Target, Timer } from '@anymq/core/driver'
import type { Admin, Consumer, EachBatchPayload, Kafka } from 'kafkajs'
import { Committer } from './committer.ts'
import { failureOf, LOST, notAssigned } from './failure.ts'
import { incomingOf } from './incoming.ts'
import { Partition, type Receipt } from './partition.ts'
import { patiently } from './patiently.ts'

/** What a feed needs of its connection. Durations in milliseconds. */
export interface FeedHost {
  /** One for each feed: kafkajs keeps offsets by group in the client, and two consumers of one group would mix them up. */
  readonly kafka: Kafka
  readonly admin: Admin
  readonly context: DriverContext
  /** Without a heartbeat for so long, the group takes the partitions away. */
  readonly session: number
  /** How long a partition that somebody else may have had rests before its first delivery. */
  readonly handover: number
}

/** The topics that a source is read from: of a group also what reaches it alone. */
export function topicsOf({ address, kind, of }: Target): string[] {
  return kind === 'group' && of !== undefined ? [of, address] : [address]
}

/** Milliseconds after the end of a generation: the broker has given up the member itself by then. */
const ANSWERS_WITHIN = 3000

/** Milliseconds in which all members of a group have to join anew. */
const REBALANCE = 3000

type Committed = Awaited<ReturnType<Admin['fetchOffsets']>>

/** One member of one consumer group. */
export class KafkaFeed implements Feed<Receipt> {
  readonly consumer: Consumer
  readonly #host: FeedHost
  readonly #target: Target
  readonly #sink: Sink<Receipt>
  /** For a look: the name of a group that lives as long as the look and commits nothing. */
  readonly #browse: string | null
  readonly #committer: Committer
  readonly #timers = new Set<Timer>()
  readonly #onClosed: (feed: KafkaFeed) => void
  #partitions = new Map<string, Partition>()
  #assigned: ReadonlySet<string> = new Set()
  #loaded: Promise<void> = Promise.resolve()
  /** Commits that have no answer yet. */
  readonly #unanswered = new Set<(error: Error) => void>()
  /** kafkajs' own `commitOffsets` says yes while it is stopped, and retries into the next generation: this one does neither. */
  #commitNow: EachBatchPayload['commitOffsetsIfNecessary'] | null = null
  #generation = 0
  #beatAt = 0
  /** Since when a new assignment is announced; Infinity: none is. */
  #announcedAt = Infinity
  #isStopped = true
  #isOver = false
  #isSuspended = false
  #isAsked = false
  #hasCompany: boolean

  constructor(
    host: FeedHost,
    target: Target,
    sink: Sink<Receipt>,
    how: { readonly browse: string | null; readonly hasCompany: boolean; readonly onClosed: (feed: KafkaFeed) => void },
  ) {
    this.#host = host
    this.#target = target
    this.#sink = sink
    this.#browse = how.browse
    this.#hasCompany = how.hasCompany
    this.#onClosed = how.onClosed
    this.#committer = new Committer(host.context.clock, () => this.#commit())
    this.consumer = host.kafka.consumer({
      groupId: how.browse ?? target.address,
      sessionTimeout: host.session,
      heartbeatInterval: 300,
      rebalanceTimeout: REBALANCE,
      maxWaitTimeInMs: 100,
      allowAutoTopicCreation: false,
      // The client's: a consumer would have five retries of its own.
      retry: {},
    })
  }

  get alive(): number {
    return this.#beatAt
  }

  /** Join the group. Rejects when it cannot be joined; delivers from the next turn of the event loop on. */
  async open(): Promise<void> {
    const { consumer } = this
    const joined = Promise.withResolvers<void>()
    joined.promise.catch(() => undefined)
    const { GROUP_JOIN, REBALANCING, HEARTBEAT, CRASH } = consumer.events
    consumer.on(GROUP_JOIN, ({ payload }) => {
      this.#begin(payload.memberAssignment)
      joined.resolve()
    })
    consumer.on(REBALANCING, () => this.#announced())
    consumer.on(HEARTBEAT, () => this.#beat())
    consumer.on(CRASH, ({ payload: { error, restart } }) => {
      this.#end(false)
      joined.reject(error)
      if (!restart) this.#sink.fail(error)
    })
    await consumer.connect()
    await consumer.subscribe({ topics: topicsOf(this.#target), fromBeginning: true })
    const eachBatch = (payload: EachBatchPayload): Promise<void> => this.#take(payload)
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: 16,
      eachBatch,
    })
    await joined.promise
    this.#host.context.clock.soon(() => {
      // It may be over already: a look at an empty queue ends as soon as it is open.
      if (this.#isOver) return
      this.#isStopped = false
      this.#watch()
      this.#pump()
    })
  }

  // --- the group

  #announced(): void {
    this.#end(true)
    this.#announcedAt = this.#host.context.clock.monotonic()
  }

  /** A new assignment. Where none was announced the old one had been lost in silence. */
  #begin(assignment: Readonly<Record<string, number[]>>): void {
    const before = this.#assigned
    this.#end(false)
    this.#announcedAt = Infinity
    this.#beatAt = this.#host.context.clock.monotonic()
    const generation = ++this.#generation
    for (const [topic, ids] of Object.entries(assignment)) {
      for (const id of ids) {
        const partition = new Partition(topic, id)
        partition.isResting = this.#hasCompany && !before.has(`${topic}/${id}`)
        this.#partitions.set(`${topic}/${id}`, partition)
      }
      // Pause flags survive a rebalance in kafkajs.
      this.consumer.resume([{ topic }])
    }
    this.#assigned = new Set(this.#partitions.keys())
    this.#hasCompany = true
    this.#loaded = this.#load(generation)
    const resting = [...this.#partitions.values()].filter(({ isResting }) => isResting)
    if (resting.length > 0) this.#later(() => this.#wake(resting), this.#host.handover)
  }

  #wake(resting: readonly Partition[]): void {
    for (const partition of resting) partition.isResting = false
    this.#pump()
  }

  /** Until it is known or the generation is over: a broker that has just come back may not answer yet, and batches wait for this. */
  async #load(generation: number): Promise<void> {
    while (generation === this.#generation) {
      const found = await this.#committed().catch(() => undefined)
      if (generation !== this.#generation) return
      if (found !== undefined) return this.#know(found)
      await new Promise<void>((resolve) => this.#later(resolve, 100))
    }
  }

  #committed(): Promise<Committed> {
    const { admin, context } = this.#host
    const question = { groupId: this.#target.address, topics: topicsOf(this.#target) }
    return patiently(context.clock, () => admin.fetchOffsets(question))
  }

  #know(found: Committed): void {
    for (const { topic, partitions } of found)
      for (const { partition, offset, metadata } of partitions)
        this.#partitions.get(`${topic}/${partition}`)?.load(Number(offset), metadata)
  }

  /** The assignment ends: what is held is lost, what is finished is committed if there is still time for it. */
  #end(mayCommit: boolean): void {
    this.#sink.revoke((receipt) => receipt.partition.holds(receipt))
    void this.#committer.last(mayCommit ? undefined : async () => Promise.reject(new Error(LOST.message)))
    this.#giveUpAnswers()
    for (const partition of this.#partitions.values()) partition.drop()
    this.#partitions = new Map()
    this.#generation++
    this.#isSuspended = false
  }

  #beat(): void {
    this.#beatAt = this.#host.context.clock.monotonic()
    if (this.#beatAt - this.#announcedAt > 2 * REBALANCE) return this.#notAssigned()
    if (!this.#isSuspended) return
    this.#isSuspended = false
    this.#pump()
  }

  /**
   * Long after it had to join anew, the group still knows it as the member that it was. kafkajs gives up joining when it meets a
   * coordinator that is loading, and goes on fetching from where it was: what it had in hand would be passed over.
   */
  #notAssigned(): void {
    this.#announcedAt = Infinity
    this.#sink.fail(notAssigned(this.#target.address))
  }

  /** A process that was stopped may have lost its membership without a word: it believes in nothing until a heartbeat is answered. */
  #isOutOfTouch(): boolean {
    if (this.#host.context.clock.monotonic() - this.#beatAt <= this.#host.session) return false
    if (this.#isSuspended) return true
    this.#isSuspended = true
    this.#sink.revoke((receipt) => receipt.partition.holds(receipt))
    for (const partition of this.#partitions.values()) partition.putAllBack()
    return true
  }

  #watch(): void {
    this.#isOutOfTouch()
    this.#later(() => this.#watch(), this.#host.session / 6)
  }

  // --- in

  /** A hand-off alone: kafkajs fetches nothing for a whole broker until all its batches are back. */
  async #take(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload
    const generation = this.#generation
    await this.#loaded
    if (generation !== this.#generation) return
    const partition = this.#partitions.get(`${batch.topic}/${batch.partition}`)
    if (partition === undefined) return
    this.#commitNow = (offsets) => payload.commitOffsetsIfNecessary(offsets)
    const last = partition.take(batch.messages)
    if (last !== undefined) payload.resolveOffset(last)
    if (partition.isFull && !partition.isPaused) this.#pause(partition)
    this.#pump()
  }

  #pause(partition: Partition): void {
    partition.isPaused = true
    this.consumer.pause([{ topic: partition.topic, partitions: [partition.id] }])
  }

  #resumeRoomy(): void {
    for (const partition of this.#partitions.values()) {
      if (!partition.isPaused || !partition.isRoomy) continue
      partition.isPaused = false
      this.consumer.resume([{ topic: partition.topic, partitions: [partition.id] }])
    }
  }

  #pump(): void {
    while (!this.#isStopped && !this.#isAsked && !this.#isOutOfTouch()) {
      const ready = [...this.#partitions.values()].filter(({ readyCount, isResting }) => readyCount > 0 && !isResting)
      if (ready.length === 0) break
      const demand = this.#sink.demand()
      if (typeof demand !== 'number') this.#ask(demand)
      else this.#deliver(ready, demand)
    }
    this.#resumeRoomy()
  }

  #deliver(ready: readonly Partition[], demand: number): void {
    const share = Math.ceil(demand / ready.length)
    const receipts: Receipt[] = []
    for (const partition of ready)
      for (let n = 0; n < share && receipts.length < demand && partition.readyCount > 0; n++)
        receipts.push(partition.hand()!)
    this.#sink.deliver(receipts.map(incomingOf))
  }

  /** Core wants no more, perhaps because of acknowledgements that linger here. */
  #ask(demand: Promise<number>): void {
    this.#isAsked = true
    this.#committer.flush()
    void demand.then(() => {
      this.#isAsked = false
      this.#pump()
    })
  }

  // --- out

  async settle(batch: readonly Settlement<Receipt>[], urgent: boolean): Promise<BatchResult> {
    const failed: { index: number; failure: Failure }[] = []
    const acked: number[] = []
    for (const [index, settlement] of batch.entries()) {
      if (!settlement.receipt.partition.holds(settlement.receipt)) failed.push({ index, failure: LOST })
      else if (this.#apply(settlement)) acked.push(index)
    }
    this.#pump()
    if (acked.length === 0) return failed.length === 0 ? {} : { failed }
    const stored = this.#committer.stored(urgent)
    if (this.#isAsked) this.#committer.flush()
    try {
      await stored
    } catch {
      for (const index of acked) failed.push({ index, failure: LOST })
    }
    return failed.length === 0 ? {} : { failed }
  }

  /** True for what needs a commit. Holding and extending need nothing: a partition is ours until the group says otherwise. */
  #apply(settlement: Settlement<Receipt>): boolean {
    const { receipt, action } = settlement
    if (action === 'ack') receipt.partition.finish(receipt)
    else if (action === 'release' && settlement.delay === 0) receipt.partition.putBack(receipt)
    else if (action === 'release') this.#later(() => this.#putBackLate(receipt), settlement.delay)
    return action === 'ack'
  }

  #putBackLate(receipt: Receipt): void {
    if (!receipt.partition.holds(receipt)) return
    receipt.partition.putBack(receipt)
    this.#pump()
  }

  /** Again and again while the brokers are away: the membership outlives their restart. Rejects when the generation is over. */
  async #commit(): Promise<void> {
    const generation = this.#generation
    const dirty = [...this.#partitions.values()].filter(({ isDirty }) => isDirty)
    for (const partition of dirty) partition.isDirty = false
    const topics = topicsOf(this.#target)
      .map((topic) => ({
        topic,
        partitions: dirty.filter((partition) => partition.topic === topic).map(({ committable }) => committable),
      }))
      .filter(({ partitions }) => partitions.length > 0)
    if (topics.length === 0 || this.#browse !== null) return
    for (;;) {
      try {
        return await this.#answered(this.#commitNow!({ topics }))
      } catch (error) {
        if (generation !== this.#generation) throw error
        if (!failureOf(error).retryable) this.#refused(error)
        await new Promise<void>((resolve) => this.#later(resolve, 100))
        if (generation !== this.#generation) throw error
      }
    }
  }

  #answered(commit: Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#unanswered.add(reject)
      const over = (): boolean => this.#unanswered.delete(reject)
      void commit.then(resolve, reject).finally(over)
    })
  }

  /** kafkajs may never answer for a member that is gone. Whoever waits for a commit of its last moments is not left waiting. */
  #giveUpAnswers(): void {
    const late = [...this.#unanswered]
    if (late.length === 0) return
    this.#later(() => {
      for (const reject of late) reject(new Error(LOST.message))
    }, ANSWERS_WITHIN)
  }

  /** Whoever may not commit holds nothing: kafkajs joins anew at its next heartbeat. Anything else would be refused again. */
  #refused(error: unknown): never {
    this.#end(false)
    if (failureOf(error).code !== 'MQ_LEASE_LOST') this.#sink.fail(error)
    throw error
  }

  async resize(): Promise<void> {
    this.#pump()
  }

  async stop(): Promise<void> {
    this.#isOver = this.#isStopped = true
  }

  async close(): Promise<void> {
    this.#isOver = this.#isStopped = true
    this.#onClosed(this)
    const last = this.#committer.last()
    await Promise.race([last, new Promise<void>((resolve) => this.#later(resolve, 2000))])
    this.#end(false)
    for (const timer of this.#timers) timer.cancel()
    this.#timers.clear()
    await this.consumer.disconnect()
    if (this.#browse !== null) await this.#host.admin.deleteGroups([this.#browse]).catch(() => undefined)
  }

  #later(fn: () => void, ms: number): void {
    const timer = this.#host.context.clock.setTimer(() => {
      this.#timers.delete(timer)
      fn()
    }, ms)
    this.#timers.add(timer)
  }
}
