import { MqError, type BrokerEvent, type Destination, type SendOptions } from '@anymq/core'
import { bodyText } from '../history/content.ts'
import type { Unseen } from '../history/history.ts'
import { milliseconds } from './milliseconds.ts'

/** What a process writes its history with. */
export interface Book {
  add(fact: Unseen): void
  nextSend(): number
  nextRun(): number
}

type Options = Omit<SendOptions, 'causedBy'>

/** Writes down what one process sends, gets and hears. */
export class Recorder {
  readonly #book: Book
  readonly #now: () => number
  readonly #wallClock: () => number

  constructor(book: Book, now: () => number, wallClock: () => number) {
    this.#book = book
    this.#now = now
    this.#wallClock = wallClock
  }

  add(fact: Unseen): void {
    this.#book.add(fact)
  }

  /** Milliseconds since 1970, as the library is told. */
  wallClock(): number {
    return this.#wallClock()
  }

  nextRun(): number {
    return this.#book.nextRun()
  }

  /** A send, from its call to its outcome. */
  async sending(
    to: Destination,
    body: unknown,
    options: Options | undefined,
    send: () => Promise<string>,
  ): Promise<string> {
    const number = this.sent(to, body, options)
    try {
      const id = await send()
      this.confirmed(number, id)
      return id
    } catch (error) {
      this.refused(number, error)
      throw error
    }
  }

  /** Somebody asks for a send. Returns its number. */
  sent(to: Destination, body: unknown, options: Options = {}): number {
    const send = this.#book.nextSend()
    const { id = '', headers = {}, priority, type, dedupeId } = options
    this.#book.add({
      fact: 'send',
      send,
      to: to.name,
      id,
      body: bodyText(body),
      headers: { ...headers },
      key: keyOf(to, body, options),
      level: priority ?? to.destination.priority?.default,
      type,
      notBefore: this.#notBefore(options),
      dedupeId: to.destination.dedupe === undefined ? undefined : dedupeId,
    })
    return send
  }

  confirmed(send: number, id: string): void {
    this.#book.add({ fact: 'confirmed', send, id })
  }

  refused(send: number, error: unknown): void {
    const code = MqError.is(error) ? error.code : String(error)
    const outcome = MqError.is(error, 'MQ_SEND') ? error.outcome : 'not-sent'
    this.#book.add({ fact: 'refused', send, code, outcome })
  }

  /** Of a batch: what was sent and what was not. */
  batchRefused(sends: readonly number[], error: unknown): void {
    if (!MqError.is(error, 'MQ_SEND')) return sends.forEach((send) => this.refused(send, error))
    const ids = error.sent[Symbol.iterator]()
    sends.forEach((send, index) => {
      const item = error.failed.find((one) => one.index === index)
      if (item === undefined) this.confirmed(send, ids.next().value ?? '')
      else this.#book.add({ fact: 'refused', send, code: item.error.code, outcome: item.outcome })
    })
  }

  heard(event: BrokerEvent): void {
    const said: Readonly<Record<string, unknown>> = { ...event }
    const text = (name: string): string | undefined => (typeof said[name] === 'string' ? said[name] : undefined)
    const number = (name: string): number | undefined => (typeof said[name] === 'number' ? said[name] : undefined)
    this.#book.add({
      fact: 'event',
      event: event.event,
      source: event.event === 'redeclared' ? event.destination : text('source'),
      id: text('id'),
      attempt: number('attempt'),
      delay: number('delay'),
      reason: text('reason'),
    })
  }

  #notBefore({ delay, at }: Options): number {
    const wait = at === undefined ? milliseconds(delay ?? 0) : at.getTime() - this.#wallClock()
    return wait > 0 ? this.#now() + wait : 0
  }
}

function keyOf({ destination: { ordering } }: Destination, body: unknown, { key }: Options): string | undefined {
  return key ?? ordering?.key(body as never)
}
