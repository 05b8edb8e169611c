import { Ring } from '../mechanism/ring.ts'
import type { Delivery } from './delivery.ts'

/** All deliveries of one key that we hold, in order: those that leave, those that are at work, those that wait behind them. */
export class KeyChain {
  key = ''
  /** Where it is found by its key. */
  home: Map<string, KeyChain> | null = null
  /** Decided, in the order of the decisions: only the first one's settlement is on its way. */
  readonly leaving: Delivery[] = []
  /** Ready, in a handler, or waiting for a retry. One, or a run of the key in one batch. */
  readonly active: Delivery[] = []
  /** Settled by a verb while their handlers still run. */
  readonly running: Delivery[] = []
  /** A dead letter on its way: until it has arrived the key waits. */
  blocker: Delivery | null = null
  /** Due for their retries while a handler of the key still runs, or while one before them waits for its own; null: none ever was. */
  due: Set<Delivery> | null = null
  #parked: Ring<Delivery> | null = null

  /** It stands for this key from now on. */
  open(key: string, home: Map<string, KeyChain>): void {
    this.key = key
    this.home = home
    home.set(key, this)
  }

  /** Nothing of its key is here any more. */
  close(): void {
    this.home?.delete(this.key)
    this.home = null
    this.due?.clear()
  }

  get parked(): number {
    return this.#parked?.length ?? 0
  }

  get isEmpty(): boolean {
    return this.leaving.length + this.active.length + this.running.length + this.parked === 0
  }

  /** Whether the next in line may start. */
  get isFree(): boolean {
    return this.active.length === 0 && this.running.length === 0 && this.blocker === null
  }

  park(delivery: Delivery): void {
    ;(this.#parked ??= new Ring<Delivery>()).push(delivery)
  }

  peek(): Delivery | undefined {
    return this.#parked?.peek()
  }

  unpark(): Delivery | undefined {
    return this.#parked?.shift()
  }

  /** Behind what came before it and ahead of what came after it. */
  parkInPlace(delivery: Delivery): void {
    const before: Delivery[] = []
    for (let next = this.peek(); next !== undefined && next.place < delivery.place; next = this.peek())
      before.push(this.unpark()!)
    this.#parked ??= new Ring<Delivery>()
    this.#parked.unshift(delivery)
    for (const earlier of before.toReversed()) this.#parked.unshift(earlier)
  }

  /** Take out all that wait, from `place` on. */
  unparkFrom(place: number): Delivery[] {
    const taken: Delivery[] = []
    this.#parked?.retain((delivery) => {
      if (delivery.place < place) return true
      taken.push(delivery)
      return false
    })
    return taken
  }
}
