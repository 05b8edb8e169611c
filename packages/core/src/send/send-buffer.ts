import { Ring } from '../mechanism/ring.ts'
import { isOpen, type OutgoingMessage } from './outgoing-message.ts'

/**
 * How much a producer holds: bounded in messages and bytes. What comes when it is full waits outside, in order;
 * its caller's `send` has not resolved, which is the back-pressure.
 */
export class SendBuffer {
  readonly #messages: number
  readonly #bytes: number
  readonly #outside = new Ring<OutgoingMessage>()
  #heldMessages = 0
  #heldBytes = 0

  constructor(limits: { readonly messages: number; readonly bytes: number }) {
    this.#messages = limits.messages
    this.#bytes = limits.bytes
  }

  /** True: it is in. False: it waits outside. */
  admit(message: OutgoingMessage): boolean {
    if (this.#outside.length > 0 || !this.#fits(message)) {
      this.#outside.push(message)
      return false
    }
    this.#hold(message)
    return true
  }

  /** The next one from outside that fits now. */
  nextAdmitted(): OutgoingMessage | undefined {
    const next = this.#nextOpen()
    if (next === undefined || !this.#fits(next)) return undefined
    this.#outside.shift()
    this.#hold(next)
    return next
  }

  /** The next one from outside, whether it fits or not. */
  nextWaiting(): OutgoingMessage | undefined {
    const next = this.#nextOpen()
    if (next === undefined) return undefined
    this.#outside.shift()
    this.#hold(next)
    return next
  }

  /** Its fate is known. */
  remove(message: OutgoingMessage): void {
    if (!message.buffered) return
    message.buffered = false
    this.#heldMessages--
    this.#heldBytes -= message.size
  }

  /** Forget those outside whose callers no longer wait. */
  tidy(): void {
    this.#outside.retain(isOpen)
  }

  get empty(): boolean {
    return this.#heldMessages === 0 && this.#nextOpen() === undefined
  }

  /** How many wait outside. */
  get waiting(): number {
    return this.#outside.length
  }

  waitingAt(index: number): OutgoingMessage | undefined {
    return this.#outside.at(index)
  }

  #nextOpen(): OutgoingMessage | undefined {
    let next = this.#outside.peek()
    while (next !== undefined && next.ticket === null) {
      this.#outside.shift()
      next = this.#outside.peek()
    }
    return next
  }

  /** One message always fits an empty buffer, however large it is. */
  #fits(message: OutgoingMessage): boolean {
    if (this.#heldMessages === 0) return true
    return this.#heldMessages < this.#messages && this.#heldBytes + message.size <= this.#bytes
  }

  #hold(message: OutgoingMessage): void {
    message.buffered = true
    this.#heldMessages++
    this.#heldBytes += message.size
  }
}
