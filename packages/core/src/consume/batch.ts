import { NOT_SET, type WheelEntry } from '../mechanism/timer-wheel.ts'
import type { Delivery } from './delivery.ts'
import { TAKEN } from './delivery-state.ts'
import type { Run } from './handler-runs.ts'
import { isUndecided } from './pending-sends.ts'

/** Who owns a batch. */
export interface BatchOwner {
  /** Its time is over: that of gathering, or that of its handler. */
  batchExpired(batch: Batch): void
}

/** Messages that one handler gets together. One wheel entry: first for gathering, then for the handler's timeout. */
export class Batch implements Run {
  isRunning = false
  /** It has waited long enough for company. */
  isDue = false
  wheelTick: number = NOT_SET
  wheelPrevious: WheelEntry | null = null
  wheelNext: WheelEntry | null = null
  readonly #owner: BatchOwner
  #deliveries: Delivery[] = []
  /** The messages of each key and level, in order; null where the source knows no order. */
  readonly #lines: Map<string, Delivery[]> | null

  constructor(owner: BatchOwner, isOrdered: boolean) {
    this.#owner = owner
    this.#lines = isOrdered ? new Map() : null
  }

  /** With those that were lost meanwhile. */
  get size(): number {
    return this.#deliveries.length
  }

  get id(): string {
    return this.#deliveries[0]!.id
  }

  get attempt(): number {
    return this.#deliveries[0]!.attempt
  }

  add(delivery: Delivery): void {
    this.#deliveries.push(delivery)
    if (this.#lines === null || delivery.key === undefined) return
    const name = lineName(delivery)
    const line = this.#lines.get(name)
    if (line === undefined) this.#lines.set(name, [delivery])
    else line.push(delivery)
  }

  /** Settled ones too. */
  get all(): readonly Delivery[] {
    return this.#deliveries
  }

  /** Those that nobody has settled and nobody has lost, in order. */
  open(): Delivery[] {
    return this.#deliveries.filter(({ state }) => state === TAKEN)
  }

  /** Forget what was lost while it gathered. */
  dropLost(): void {
    this.#deliveries = this.open()
  }

  /** True while an earlier message of its key is here. */
  precedes(delivery: Delivery): boolean {
    return this.#line(delivery)?.at(-1)?.state === TAKEN
  }

  /** Those of its key that came after it and of which nobody has decided; none if it is not here. */
  followers(delivery: Delivery): Delivery[] {
    const line = this.#line(delivery)
    const index = line === undefined ? -1 : line.indexOf(delivery)
    return index < 0 ? [] : line!.slice(index + 1).filter(isUndecided)
  }

  #line(delivery: Delivery): Delivery[] | undefined {
    return delivery.key === undefined ? undefined : this.#lines?.get(lineName(delivery))
  }

  expire(): void {
    this.#owner.batchExpired(this)
  }
}

/** Order is per key and level. */
function lineName({ key, priority = '' }: Delivery): string {
  return `${priority} ${key}`
}
