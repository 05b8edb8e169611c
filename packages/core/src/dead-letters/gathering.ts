import type { MqError } from '../errors.ts'
import type { Clock } from '../mechanism/clock.ts'
import type { Sink } from '../spi/driver.ts'
import type { Incoming } from '../spi/messages.ts'
import type { Dependent } from '../supervisor.ts'

/** How long a look waits for the next message: somebody else may have taken what was counted. Milliseconds. */
export const PATIENCE = 5000

/** Takes messages from a feed, a slice at a time, and knows which of them are still held; ends when the feed or its connection dies. */
export class Gathering implements Sink<unknown>, Dependent {
  readonly #clock: Clock
  /** Never resolves; rejects when the feed dies. */
  readonly #death: Promise<never>
  /** Everything that came and has been neither settled nor taken back, and whether its lease runs out. */
  readonly #held = new Map<unknown, boolean>()
  /** Came and not handed out yet. */
  #here: Incoming<unknown>[] = []
  #wanted = 0
  #more = Promise.withResolvers<number>()
  #lastAt = 0
  #isDead = false
  #isHurried = false
  #wake: () => void = ignore
  #reject!: (error: unknown) => void

  constructor(clock: Clock) {
    this.#clock = clock
    this.#death = new Promise((_, reject) => {
      this.#reject = reject
    })
    // The feed may die before anybody waits for what it brings.
    this.#death.catch(ignore)
  }

  /** How many messages are held. */
  get held(): number {
    return this.#held.size
  }

  /** Receipts whose leases run out unless they are extended. */
  get timed(): unknown[] {
    return [...this.#held].filter(([, isTimed]) => isTimed).map(([receipt]) => receipt)
  }

  /** What a promise brings, unless the feed dies before. */
  during<T>(promise: Promise<T>): Promise<T> {
    return Promise.race([promise, this.#death])
  }

  /** The next slice has so many messages. A feed that was told that nothing is wanted hears of it. */
  want(count: number): void {
    this.#wanted = count
    if (this.#missing <= 0) return
    this.#more.resolve(this.#missing)
    this.#more = Promise.withResolvers()
  }

  /** The slice, as soon as it is full, nothing new came for a while, or somebody hurries. Patience begins now: the feed is open. */
  async gathered(): Promise<readonly Incoming<unknown>[]> {
    this.#lastAt = this.#clock.monotonic()
    for (let left = PATIENCE; left > 0 && this.#missing > 0 && !this.#isHurried;) {
      await this.wait(left)
      left = this.#lastAt + PATIENCE - this.#clock.monotonic()
    }
    const slice = this.#here.splice(0, this.#wanted)
    this.#wanted = 0
    return slice
  }

  /** Let time pass; less when the slice is full before or somebody hurries. Rejects when the feed dies. */
  async wait(ms: number): Promise<void> {
    if (this.#isHurried) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = this.#clock.setTimer(resolve, ms)
    this.#wake = resolve
    try {
      await this.during(promise)
    } finally {
      timer.cancel()
    }
  }

  /** No wait is worth it any more. */
  hurry(): void {
    this.#isHurried = true
    this.#wake()
  }

  /** This one is not ours any more: moved or deleted. */
  settled(receipt: unknown): void {
    this.#held.delete(receipt)
  }

  deliver(batch: readonly Incoming<unknown>[]): void {
    if (this.#isDead) return
    this.#lastAt = this.#clock.monotonic()
    for (const incoming of batch) {
      this.#held.set(incoming.receipt, incoming.leaseUntil !== 0)
      this.#here.push(incoming)
    }
    if (this.#wanted > 0 && this.#missing <= 0) this.#wake()
  }

  demand(): number | Promise<number> {
    return this.#missing > 0 && !this.#isDead ? this.#missing : this.#more.promise
  }

  revoke(lost: (receipt: unknown) => boolean): void {
    this.#here = this.#here.filter(({ receipt }) => !lost(receipt))
    for (const receipt of this.#held.keys()) if (lost(receipt)) this.#held.delete(receipt)
  }

  fail(error: unknown): void {
    this.#isDead = true
    this.#reject(error)
  }

  up(): void {
    // It hangs on the connection on which it began.
  }

  lost(error: MqError): void {
    this.fail(error)
  }

  get #missing(): number {
    return this.#wanted - this.#here.length
  }
}

function ignore(): void {
  // Said too late, or nobody waits.
}
