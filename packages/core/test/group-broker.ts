import type { Feed, Sink } from '../src/spi/driver.ts'
import type { BatchResult, Failure, Incoming, Settlement } from '../src/spi/messages.ts'
import type { Randomness } from '../src/mechanism/random.ts'
import type { TestClock } from '../src/testing/test-clock.ts'
import { FakeDriver, fakeFailure } from './fake-driver.ts'

interface Held {
  readonly key: string
  readonly n: number
  lease: number
  isHeld: boolean
}

class Receipt {
  readonly held: Held
  readonly lease: number
  constructor(held: Held) {
    this.held = held
    this.lease = ++held.lease
  }
}

const LOST: Failure = fakeFailure({ code: 'MQ_LEASE_LOST', retryable: false, message: 'its lease has ended' })

/**
 * A broker of FIFO groups, as unkind as one may be: it hands out several messages of a key at once, takes its time over
 * settlements, loses single leases and refuses moves for a while. A key that has anything in flight gets nothing more.
 */
export class GroupBroker extends FakeDriver {
  /** Messages that it has taken an ack or a move for, in the order in which it did: `key-n`. */
  readonly settled: string[] = []
  readonly #clock: TestClock
  readonly #random: Randomness
  readonly #lines = new Map<string, Held[]>()
  #sink: Sink<Receipt> | null = null
  #pumping = false
  isKind = false

  constructor(clock: TestClock, random: Randomness, messages: readonly { readonly key: string; readonly n: number }[]) {
    super({ countsFailures: false, span: 10_000, atomicMove: true, heldAttempts: 'restarts' })
    this.#clock = clock
    this.#random = random
    for (const { key, n } of messages) {
      const line = this.#lines.get(key) ?? []
      this.#lines.set(key, line)
      line.push({ key, n, lease: 0, isHeld: false })
    }
  }

  get left(): number {
    return [...this.#lines.values()].reduce((sum, line) => sum + line.length, 0)
  }

  override async open(_target?: unknown, _options?: unknown, sink?: Sink<unknown>): Promise<Feed<unknown>> {
    this.#sink = sink as Sink<Receipt>
    queueMicrotask(() => queueMicrotask(() => this.#pump()))
    return {
      alive: 0,
      settle: (batch) => this.#settle(batch as readonly Settlement<Receipt>[]),
      resize: async () => this.#pump(),
      stop: async () => void (this.#sink = null),
      close: async () => void (this.#sink = null),
    }
  }

  #pump(): void {
    if (this.#pumping || this.#sink === null) return
    const demand = this.#sink.demand()
    if (typeof demand !== 'number') {
      this.#pumping = true
      void demand.then(() => {
        this.#pumping = false
        this.#pump()
      })
      return
    }
    const batch = this.#cut(demand)
    if (batch.length === 0) return
    this.#sink.deliver(batch)
    this.#pump()
  }

  #cut(demand: number): Incoming<Receipt>[] {
    const batch: Incoming<Receipt>[] = []
    for (const line of this.#lines.values()) {
      if (line.some(({ isHeld }) => isHeld)) continue
      for (const held of line.slice(0, 1 + this.#upTo(4))) {
        if (batch.length >= demand) return batch
        held.isHeld = true
        batch.push(incomingOf(held))
      }
    }
    return batch
  }

  async #settle(batch: readonly Settlement<Receipt>[]): Promise<BatchResult> {
    await new Promise<void>((resolve) => this.#clock.setTimer(resolve, this.#upTo(this.isKind ? 5 : 300)))
    const failed = batch.flatMap((settlement, index) => {
      const failure = this.#apply(settlement)
      return failure === undefined ? [] : [{ index, failure }]
    })
    this.#clock.soon(() => this.#pump())
    return { failed }
  }

  #apply({ receipt, action }: Settlement<Receipt>): Failure | undefined {
    const { held } = receipt
    if (!held.isHeld || receipt.lease !== held.lease) return LOST
    if (action === 'extend' || action === 'hold') return undefined
    const luck = this.isKind ? 9 : this.#upTo(10)
    if (luck === 0) {
      held.isHeld = false
      return LOST
    }
    if (luck === 1 && action === 'move') return fakeFailure()
    held.isHeld = false
    if (action === 'release') return undefined
    const line = this.#lines.get(held.key)!
    line.splice(line.indexOf(held), 1)
    this.settled.push(`${held.key}-${held.n}`)
    return undefined
  }

  #upTo(limit: number): number {
    return Math.floor(this.#random.next() * limit)
  }
}

function incomingOf(held: Held): Incoming<Receipt> {
  const { key, n } = held
  return {
    receipt: new Receipt(held),
    id: `${key}-${n}`,
    idSource: 'producer',
    body: new TextEncoder().encode(String(n)),
    headers: { 'anymq-v': '1', 'anymq-id': `${key}-${n}`, 'content-type': 'application/json' },
    key,
    level: undefined,
    attempt: 0,
    note: '',
    deliveries: 1,
    sentAt: 1,
    brokerTime: 0,
    leaseUntil: 0,
    native: undefined,
  }
}
