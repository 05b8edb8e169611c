import { SendError, type FailedItem, type MqError, type SendOutcome } from '../errors.ts'
import type { Runtime } from '../runtime.ts'
import type { OutgoingMessage, Ticket } from './outgoing-message.ts'

/** Waits for one message. */
export class SingleTicket implements Ticket {
  readonly promise: Promise<string>
  readonly #runtime: Runtime
  readonly #destination: string
  #resolve!: (id: string) => void
  #reject!: (error: unknown) => void
  message: OutgoingMessage | null = null
  onSettled: (() => void) | null = null

  constructor(runtime: Runtime, destination: string) {
    this.#runtime = runtime
    this.#destination = destination
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  sent(): void {
    this.onSettled?.()
    this.#resolve(this.message!.id)
  }

  failed(_index: number, error: MqError, outcome: SendOutcome): void {
    this.onSettled?.()
    const { id } = this.message!
    this.#runtime.emit({ event: 'send-failed', destination: this.#destination, id, error })
    this.#reject(new SendError([], [{ index: 0, id, outcome, error }], this.#destination))
  }
}

/** Waits for a whole batch: one promise, however many messages. */
export class BatchTicket implements Ticket {
  readonly promise: Promise<string[]>
  readonly #runtime: Runtime
  readonly #destination: string
  readonly #ids: string[]
  readonly #failed: FailedItem[] = []
  #open: number
  #resolve!: (ids: string[]) => void
  #reject!: (error: unknown) => void
  onSettled: (() => void) | null = null

  constructor(runtime: Runtime, destination: string, size: number) {
    this.#runtime = runtime
    this.#destination = destination
    this.#open = size
    this.#ids = new Array<string>(size).fill('')
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  /** The id of an item, as soon as it is known. */
  name(index: number, id: string): void {
    this.#ids[index] = id
  }

  sent(_index: number): void {
    if (--this.#open === 0) this.#finish()
  }

  failed(index: number, error: MqError, outcome: SendOutcome): void {
    const id = this.#ids[index]!
    this.#failed.push({ index, id, outcome, error })
    this.#runtime.emit({ event: 'send-failed', destination: this.#destination, id, error })
    if (--this.#open === 0) this.#finish()
  }

  #finish(): void {
    this.onSettled?.()
    if (this.#failed.length === 0) return this.#resolve(this.#ids)
    this.#failed.sort((a, b) => a.index - b.index)
    const lost = new Set(this.#failed.map((item) => item.index))
    this.#reject(
      new SendError(
        this.#ids.filter((_, index) => !lost.has(index)),
        this.#failed,
        this.#destination,
      ),
    )
  }
}
