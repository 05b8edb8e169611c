import { guardedCall } from '../mechanism/guarded-call.ts'
import type { Clock, Timer } from '../mechanism/clock.ts'
import type { Feed, Sink } from './driver.ts'
import type { BatchResult, Failure, Incoming, Settlement } from './messages.ts'

/** What the driver of a polled broker does itself; the feed around it is `pullFeed`. */
export interface Polling<R> {
  /** The most that one poll can bring. */
  readonly maxBatch: number
  /** Most polls at once, when there is much to fetch. One is enough as long as polls come back empty. */
  readonly parallel: number
  /** Up to `max` deliveries; none when the broker has had none for as long as one poll lasts. Never cut off: it may hold messages. */
  receive(max: number): Promise<readonly Incoming<R>[]>
  settle(batch: readonly Settlement<R>[], urgent: boolean): Promise<BatchResult>
  /** Never throws. A failed poll that may succeed later is tried again; the leases do not hang on it. */
  classify(error: unknown): Failure
  /** Polls fail, and why; '': they work again. */
  trouble(reason: string): void
}

const FIRST_PAUSE = 100
const LONGEST_PAUSE = 10_000

/** A feed for a broker that is asked: polls as demand allows, never asks for more than is wanted, and loses nothing at its end. */
export function pullFeed<R>(polling: Polling<R>, sink: Sink<R>, clock: Clock): Feed<R> {
  const feed = new PullFeed(polling, sink, clock)
  // Core knows the feed only after this turn; what came before would have nobody to settle it.
  queueMicrotask(() => feed.fill())
  return feed
}

class PullFeed<R> implements Feed<R> {
  readonly #polling: Polling<R>
  readonly #sink: Sink<R>
  readonly #clock: Clock
  /** What came and has not been settled: given back at the end. */
  readonly #held = new Set<R>()
  /** How many polls are worth it now: one more for each that comes back full, one when one comes back empty. */
  #worth = 1
  #polls = 0
  /** What the polls on their way may bring. */
  #reserved = 0
  #isAsking = false
  #isStopped = false
  #retry: Timer | null = null
  #pause = FIRST_PAUSE
  #quiet: (() => void)[] = []
  #alive: number

  constructor(polling: Polling<R>, sink: Sink<R>, clock: Clock) {
    this.#polling = polling
    this.#sink = sink
    this.#clock = clock
    this.#alive = clock.monotonic()
  }

  get alive(): number {
    return this.#alive
  }

  /** Start as many polls as demand and the last answers justify. Beside another one only a full poll is worth its request. */
  fill(): void {
    if (this.#isStopped || this.#isAsking || this.#retry !== null) return
    const demand = this.#sink.demand()
    if (typeof demand !== 'number') return this.#wait(demand)
    const { maxBatch } = this.#polling
    let free = demand - this.#reserved
    if (this.#polls === 0 && free > 0) free -= this.#poll(Math.min(free, maxBatch))
    while (this.#polls < this.#worth && free >= maxBatch) free -= this.#poll(maxBatch)
  }

  #wait(demand: Promise<number>): void {
    this.#isAsking = true
    void demand.then(() => {
      this.#isAsking = false
      this.fill()
    })
  }

  #poll(max: number): number {
    this.#polls++
    this.#reserved += max
    const ended = (): void => {
      this.#polls--
      this.#reserved -= max
    }
    guardedCall(() => this.#polling.receive(max)).then(
      async (batch) => {
        // It came too late: nobody may wait for its lease to end.
        if (this.#isStopped) await this.#giveBack(batch.map(({ receipt }) => receipt))
        ended()
        this.#arrived(batch, max)
      },
      (error: unknown) => {
        ended()
        this.#failed(error)
      },
    )
    return max
  }

  #arrived(batch: readonly Incoming<R>[], max: number): void {
    this.#alive = this.#clock.monotonic()
    this.#noTrouble()
    if (batch.length === max) this.#worth = Math.min(this.#worth + 1, this.#polling.parallel)
    else if (batch.length === 0) this.#worth = 1
    if (!this.#isStopped && batch.length > 0) {
      for (const { receipt } of batch) this.#held.add(receipt)
      this.#sink.deliver(batch)
    }
    this.#next()
  }

  #failed(error: unknown): void {
    const failure = this.#polling.classify(error)
    if (!this.#isStopped && !failure.retryable) {
      this.#isStopped = true
      this.#sink.fail(error)
    } else if (!this.#isStopped && this.#retry === null) {
      this.#polling.trouble(failure.message)
      this.#retry = this.#clock.setTimer(() => {
        this.#retry = null
        this.fill()
      }, this.#pause)
      this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE)
    }
    this.#next()
  }

  #noTrouble(): void {
    if (this.#pause !== FIRST_PAUSE) this.#polling.trouble('')
    this.#pause = FIRST_PAUSE
  }

  #next(): void {
    this.fill()
    if (this.#polls === 0) for (const resolve of this.#quiet.splice(0)) resolve()
  }

  /** What is on its way out is no longer held, or a close meanwhile would give it back as well. */
  async settle(batch: readonly Settlement<R>[], urgent: boolean): Promise<BatchResult> {
    const leaving = batch.map(({ action }) => action !== 'extend' && action !== 'hold')
    batch.forEach(({ receipt }, index) => {
      if (leaving[index]) this.#held.delete(receipt)
    })
    const keep = (index: number): void => {
      if (leaving[index]) this.#held.add(batch[index]!.receipt)
    }
    try {
      const result = await this.#polling.settle(batch, urgent)
      for (const { index, failure } of result.failed ?? []) if (failure.retryable) keep(index)
      return result
    } catch (error) {
      batch.forEach((_, index) => keep(index))
      throw error
    }
  }

  resize(): Promise<void> {
    this.fill()
    return Promise.resolve()
  }

  /** A poll on its way may hold messages already: it is awaited, and what it brings goes back. */
  stop(): Promise<void> {
    this.#isStopped = true
    this.#retry?.cancel()
    this.#retry = null
    this.#noTrouble()
    if (this.#polls === 0) return Promise.resolve()
    return new Promise((resolve) => this.#quiet.push(resolve))
  }

  async close(): Promise<void> {
    void this.stop()
    await this.#giveBack([...this.#held])
  }

  async #giveBack(receipts: readonly R[]): Promise<void> {
    if (receipts.length === 0) return
    const release = { action: 'release', delay: 0, failed: false, attempt: 0, note: '' } as const
    // What cannot be given back comes again when its lease ends.
    await guardedCall(() =>
      this.settle(
        receipts.map((receipt) => ({ receipt, ...release })),
        true,
      ),
    ).catch(ignore)
  }
}

function ignore(): void {
  // Nobody waits for it any more.
}
