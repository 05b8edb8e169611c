import type { MqError, SendOutcome } from '../errors.ts'
import type { Headers, Outgoing } from '../spi/messages.ts'

/** Who waits for messages: told once per message. */
export interface Ticket {
  sent(index: number): void
  failed(index: number, error: MqError, outcome: SendOutcome): void
}

/** A message between `send` and the broker's word. One object, so that a message costs one allocation here. */
export class OutgoingMessage implements Outgoing {
  readonly id: string
  readonly body: Uint8Array
  readonly headers: Headers
  readonly key: string | undefined
  readonly level: string | undefined
  readonly notBefore: number
  readonly dedupeId: string | undefined
  /** Null once its fate is known. */
  ticket: Ticket | null
  readonly index: number
  /** Bytes of body and headers together: what a broker's limit of a batch counts. */
  readonly size: number
  /** Monotonic time after which it is not tried again. */
  readonly deadline: number
  /** True as soon as one try may have reached the broker. */
  maybeSent: boolean
  /** Why the last try failed; '' while none has. */
  trouble: string
  /** True while it counts against the producer's buffer. */
  buffered: boolean

  constructor(
    id: string,
    body: Uint8Array,
    headers: Headers,
    key: string | undefined,
    level: string | undefined,
    notBefore: number,
    dedupeId: string | undefined,
    ticket: Ticket,
    index: number,
    deadline: number,
    size: number,
  ) {
    this.id = id
    this.body = body
    this.headers = headers
    this.key = key
    this.level = level
    this.notBefore = notBefore
    this.dedupeId = dedupeId
    this.ticket = ticket
    this.index = index
    this.size = size
    this.deadline = deadline
    this.maybeSent = false
    this.trouble = ''
    this.buffered = false
  }

  // What is the same for every message stands on the prototype: it costs a message nothing.
  get shard(): undefined {
    return undefined
  }
  get confirm(): boolean {
    return true
  }
  get native(): undefined {
    return undefined
  }
}

/** True while somebody waits for its fate. */
export function isOpen(message: OutgoingMessage): boolean {
  return message.ticket !== null
}
