import { Ring } from '../mechanism/ring.ts'
import { isOpen, type OutgoingMessage } from './outgoing-message.ts'

/** The messages of one key: the first is in line or in flight. */
interface KeyLine {
  head: OutgoingMessage
  behind: Ring<OutgoingMessage> | null
}

/**
 * What waits to be sent, in order. Where a broker may take a later message of a batch and refuse an earlier one, only one message of
 * a key at a time stands in line or is in flight; those behind it follow one by one, as soon as its fate is known.
 */
export class SendLine {
  readonly #line = new Ring<OutgoingMessage>()
  /** Null: order does not depend on it. */
  readonly #keys: Map<string, KeyLine> | null

  /** @param oneOfAKey only one message of a key at a time may be in line */
  constructor(oneOfAKey: boolean) {
    this.#keys = oneOfAKey ? new Map() : null
  }

  push(message: OutgoingMessage): void {
    const { key } = message
    if (this.#keys === null || key === undefined) return this.#line.push(message)
    const line = this.#keys.get(key)
    if (line === undefined) {
      this.#keys.set(key, { head: message, behind: null })
      this.#line.push(message)
    } else (line.behind ??= new Ring<OutgoingMessage>()).push(message)
  }

  /** It was in flight and shall go again, before all others. */
  unshift(message: OutgoingMessage): void {
    this.#line.unshift(message)
  }

  peek(): OutgoingMessage | undefined {
    return this.#line.peek()
  }

  shift(): OutgoingMessage | undefined {
    return this.#line.shift()
  }

  /** Its fate is known: the next of its key may stand in line. */
  decided(message: OutgoingMessage): void {
    const { key } = message
    const line = key === undefined ? undefined : this.#keys?.get(key)
    if (line?.head !== message) return
    let next = line.behind?.shift()
    while (next !== undefined && !isOpen(next)) next = line.behind?.shift()
    if (next === undefined) this.#keys!.delete(key!)
    else {
      line.head = next
      this.#line.push(next)
    }
  }

  /** Forget those whose callers no longer wait. */
  tidy(): void {
    this.#line.retain(isOpen)
    for (const { behind } of this.#keys?.values() ?? []) behind?.retain(isOpen)
  }

  /** Every message that waits. */
  *waiting(): Iterable<OutgoingMessage> {
    for (let i = 0; i < this.#line.length; i++) yield this.#line.at(i)!
    for (const { behind } of this.#keys?.values() ?? []) {
      const count = behind?.length ?? 0
      for (let i = 0; i < count; i++) yield behind!.at(i)!
    }
  }
}
