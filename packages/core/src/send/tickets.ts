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
    const failure = new SendError([], [{ index: 0, id, outcome, error }], this.#destination)
    sayFailed(this.#runtime, this.#destination, id, failure)
    this.#reject(failure)
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
    if (--this.#open === 0) this.#finish()
  }

  #finish(): void {
    this.onSettled?.()
    if (this.#failed.length === 0) return this.#resolve(this.#ids)
    this.#failed.sort((a, b) => a.index - b.index)
    const lost = new Set(this.#failed.map((item) => item.index))
    const sent = this.#ids.filter((_, index) => !lost.has(index))
    const failure = new SendError(sent, this.#failed, this.#destination)
    sayFailed(this.#runtime, this.#destination, this.#failed[0]!.id, failure)
    this.#reject(failure)
  }
}

/** Whoever forgets to await a send must not lose an order without a trace. `id`: '' where there is none yet. */
export function sayFailed(runtime: Runtime, destination: string, id: string, error: MqError): void {
  // The first line says what; the problems below it may quote the body, which does not belong into a log.
  const [what] = error.message.split('\n', 1)
  runtime.log.warn({ destination, id, code: error.code, error: what }, 'a send failed')
  runtime.emit({ event: 'send-failed', destination, id, error })
}
