import type { Clock, Timer } from '@anymq/core/driver'

const LINGER = 50
const MOST_WAITING = 1000

interface Deferred {
  readonly promise: Promise<void>
  resolve(this: void): void
  reject(this: void, error: unknown): void
}

/** Gathers acknowledgements into commits, of which one is in flight: a commit covers all that was finished before it began. */
export class Committer {
  readonly #clock: Clock
  readonly #commit: () => Promise<void>
  #next: Deferred | null = null
  #waiting = 0
  #isBusy = false
  #isDue = false
  #timer: Timer | null = null

  constructor(clock: Clock, commit: () => Promise<void>) {
    this.#clock = clock
    this.#commit = commit
  }

  /** Resolves when what is finished now is stored. `urgent`: at once, else within a linger of 50 ms or 1,000 of them. */
  stored(urgent: boolean): Promise<void> {
    this.#next ??= Promise.withResolvers<void>()
    const { promise } = this.#next
    if (urgent || ++this.#waiting >= MOST_WAITING) this.flush()
    else this.#timer ??= this.#clock.setTimer(() => this.flush(), LINGER)
    return promise
  }

  /** Do not linger. */
  flush(): void {
    if (this.#next === null) return
    this.#isDue = this.#isBusy
    if (!this.#isBusy) void this.last()
  }

  /** The last commit of a generation does not wait for the one before it: they travel in order. */
  async last(commit: () => Promise<void> = this.#commit): Promise<void> {
    const covered = this.#next
    this.#timer?.cancel()
    this.#timer = this.#next = null
    this.#waiting = 0
    this.#isBusy = true
    await commit().then(covered?.resolve, covered?.reject ?? ignore)
    this.#isBusy = false
    if (this.#isDue) this.flush()
  }
}

function ignore(): void {
  // Nobody waits for it; what it did not store comes again.
}
