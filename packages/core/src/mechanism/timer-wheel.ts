import type { Clock, Timer } from './clock.ts'

/**
 * What can stand in a wheel. The links live in the entry itself, so that setting and clearing a timeout for a
 * message allocates nothing. Start with `wheelTick` NOT_SET and null links.
 */
export interface WheelEntry {
  wheelTick: number
  wheelPrevious: WheelEntry | null
  wheelNext: WheelEntry | null
  /** The time has come. The entry is out of the wheel and may be set again. */
  expire(): void
}

/** `wheelTick` of an entry that stands in no wheel. */
export const NOT_SET = -1
const EXPIRING = -2
const SLOTS = 1024
const MASK = SLOTS - 1
const TICK_MS = 10

/** Timeouts by the thousand on one timer: a hashed wheel. Never early; late by one tick of 10 ms at most. */
export class TimerWheel {
  readonly #clock: Clock
  readonly #slots: (WheelEntry | null)[] = new Array<WheelEntry | null>(SLOTS).fill(null)
  #size = 0
  #swept: number
  #timer: Timer | null = null
  #timerTick = 0
  #stopped = false

  constructor(clock: Clock) {
    this.#clock = clock
    this.#swept = this.#tickNow()
  }

  /** How many entries wait. */
  get size(): number {
    return this.#size
  }

  /** Call `entry.expire()` once, `ms` from now. An entry that is already set is moved. */
  set(entry: WheelEntry, ms: number): void {
    this.clear(entry)
    if (this.#stopped) return
    const due = Math.ceil((this.#clock.monotonic() + Math.max(0, ms)) / TICK_MS)
    if (this.#size === 0) this.#swept = this.#tickNow()
    const tick = Math.max(due, this.#swept + 1)
    entry.wheelTick = tick
    this.#link(entry, tick & MASK)
    this.#size++
    if (this.#timer === null || tick < this.#timerTick) this.#arm(tick)
  }

  /** Milliseconds until the entry expires; 0 when it is not set. */
  remaining(entry: WheelEntry): number {
    return entry.wheelTick < 0 ? 0 : Math.max(0, entry.wheelTick * TICK_MS - this.#clock.monotonic())
  }

  /** Forget the entry; a no-op when it is not set. */
  clear(entry: WheelEntry): void {
    if (entry.wheelTick >= 0) this.#unlink(entry)
    entry.wheelTick = NOT_SET
  }

  /** Forget all entries, for good, and leave no timer behind: what is set from now on never expires. */
  stop(): void {
    this.#stopped = true
    for (let slot = 0; slot < SLOTS; slot++) {
      for (let entry = this.#slots[slot]!; entry !== null; entry = this.#slots[slot]!) this.clear(entry)
    }
    this.#disarm()
  }

  #tickNow(): number {
    return Math.floor(this.#clock.monotonic() / TICK_MS)
  }

  #link(entry: WheelEntry, slot: number): void {
    const head = this.#slots[slot]!
    entry.wheelPrevious = null
    entry.wheelNext = head
    if (head !== null) head.wheelPrevious = entry
    this.#slots[slot] = entry
  }

  #unlink(entry: WheelEntry): void {
    const { wheelPrevious: previous, wheelNext: next } = entry
    if (previous === null) this.#slots[entry.wheelTick & MASK] = next
    else previous.wheelNext = next
    if (next !== null) next.wheelPrevious = previous
    entry.wheelPrevious = null
    entry.wheelNext = null
    this.#size--
  }

  #arm(tick: number): void {
    this.#timer?.cancel()
    this.#timerTick = tick
    this.#timer = this.#clock.setTimer(() => this.#sweep(), tick * TICK_MS - this.#clock.monotonic())
  }

  #disarm(): void {
    this.#timer?.cancel()
    this.#timer = null
  }

  #sweep(): void {
    this.#timer = null
    const now = this.#tickNow()
    const due = this.#takeDue(now)
    this.#swept = now
    this.#armNext()
    for (const entry of due) {
      // Another entry's expiry may have cleared or moved this one.
      if (entry.wheelTick !== EXPIRING) continue
      entry.wheelTick = NOT_SET
      entry.expire()
    }
  }

  #takeDue(now: number): WheelEntry[] {
    const due: WheelEntry[] = []
    const slots = Math.min(now - this.#swept, SLOTS)
    for (let i = 1; i <= slots; i++) {
      const first = due.length
      for (let entry = this.#slots[(this.#swept + i) & MASK]!; entry !== null;) {
        const next = entry.wheelNext
        if (entry.wheelTick <= now) {
          this.#unlink(entry)
          entry.wheelTick = EXPIRING
          due.push(entry)
        }
        entry = next!
      }
      // A slot is a stack; what was set first shall expire first.
      if (due.length - first > 1) due.push(...due.splice(first).toReversed())
    }
    return due
  }

  /** The next slot that holds anything: at worst one empty wake-up per turn of the wheel. */
  #armNext(): void {
    if (this.#size === 0) return
    for (let i = 1; i <= SLOTS; i++) {
      if (this.#slots[(this.#swept + i) & MASK] !== null) return this.#arm(this.#swept + i)
    }
  }
}
