import type { MqError } from '../errors.ts'
import type { Clock, Timer } from '../mechanism/clock.ts'
import type { Sink } from '../spi/driver.ts'
import type { Incoming } from '../spi/messages.ts'
import type { Dependent } from '../supervisor.ts'

/** How long a browse waits for the next message: somebody else may have taken what was counted. Milliseconds. */
export const PATIENCE = 5000

/** Collects up to `wanted` messages from a feed, until nothing new comes, or the feed or its connection dies. */
export class Gathering implements Sink<unknown>, Dependent {
  readonly wanted: number
  readonly #clock: Clock
  readonly #end: Promise<void>
  #messages: Incoming<unknown>[] = []
  #timer: Timer | null = null
  #lastAt = 0
  #isOver = false
  #resolve!: () => void
  #reject!: (error: unknown) => void

  constructor(clock: Clock, wanted: number) {
    this.#clock = clock
    this.wanted = wanted
    this.#end = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    // The feed may die before anybody waits for what it brings.
    this.#end.catch(ignore)
    if (wanted === 0) this.#finish()
  }

  /** What came and is still held. */
  get messages(): readonly Incoming<unknown>[] {
    return this.#messages
  }

  /** What a promise brings, unless the feed dies before. */
  during<T>(promise: Promise<T>): Promise<T> {
    return Promise.race([promise, this.#end.then(() => promise)])
  }

  /** Resolves when all came that is wanted, or nothing new for a while. Patience begins now: the feed is open. */
  gathered(): Promise<void> {
    this.#lastAt = this.#clock.monotonic()
    if (!this.#isOver) this.#wait(PATIENCE)
    return this.#end
  }

  #wait(ms: number): void {
    this.#timer = this.#clock.setTimer(() => {
      const left = this.#lastAt + PATIENCE - this.#clock.monotonic()
      if (left > 0) this.#wait(left)
      else this.#finish()
    }, ms)
  }

  deliver(batch: readonly Incoming<unknown>[]): void {
    // More than was asked for, or too late: it goes back when the feed is closed.
    if (this.#isOver) return
    this.#lastAt = this.#clock.monotonic()
    for (const incoming of batch.slice(0, this.wanted - this.#messages.length)) this.#messages.push(incoming)
    if (this.#messages.length === this.wanted) this.#finish()
  }

  demand(): number | Promise<number> {
    return this.#isOver ? new Promise<number>(ignore) : this.wanted - this.#messages.length
  }

  revoke(lost: (receipt: unknown) => boolean): void {
    this.#messages = this.#messages.filter(({ receipt }) => !lost(receipt))
  }

  fail(error: unknown): void {
    this.#stop()
    this.#reject(error)
  }

  up(): void {
    // It hangs on the connection on which it began.
  }

  lost(error: MqError): void {
    this.fail(error)
  }

  #finish(): void {
    this.#stop()
    this.#resolve()
  }

  #stop(): void {
    this.#isOver = true
    this.#timer?.cancel()
    this.#timer = null
  }
}

function ignore(): void {
  // Said or asked too late.
}
