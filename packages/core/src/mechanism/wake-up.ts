import { NOT_SET, type WheelEntry } from './timer-wheel.ts'

/** A wheel entry for the few timers that are not part of a message: calls a function. */
export class WakeUp implements WheelEntry {
  wheelTick: number = NOT_SET
  wheelPrevious: WheelEntry | null = null
  wheelNext: WheelEntry | null = null
  readonly expire: () => void

  constructor(expire: () => void) {
    this.expire = expire
  }
}
