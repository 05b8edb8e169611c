import { Defer, type BatchHandler, type Handler, type Message } from '@anymq/core'
import type { Step } from '../facts.ts'
import { now } from '../now.ts'
import type { Life } from './life.ts'

/** Where a worker's handlers run: what they do is written into the books when it happens. */
export class Desk {
  /** Ids of the messages in hand now. */
  readonly held = new Set<string>()
  readonly #worker: string
  readonly #step: Step
  readonly #life: Life
  #calls = 0

  constructor(worker: string, step: Step, life: Life) {
    this.#worker = worker
    this.#step = step
    this.#life = life
  }

  booked<Body>(handler: Handler<Body>): Handler<Body> {
    return (message) => this.#book([message], () => handler(message))
  }

  bookedBatch<Body>(handler: BatchHandler<Body>): BatchHandler<Body> {
    return (messages) => this.#book(messages, () => handler(messages))
  }

  async #book(messages: readonly Message[], work: () => unknown): Promise<void> {
    this.#starts(messages)
    try {
      await this.#work(messages, work)
      // Returning would acknowledge it too. Waiting for the answer tells what a crash would hold.
      await this.#life.whileAlive(Promise.all(messages.map((message) => message.ack())))
    } finally {
      for (const { id } of messages) this.held.delete(id)
    }
  }

  async #work(messages: readonly Message[], work: () => unknown): Promise<void> {
    try {
      await work()
    } catch (error) {
      this.#ends('failed', messages)
      if (error instanceof Defer) this.#again('deferred', messages)
      else this.#again('given back', followersIn(messages))
      throw error
    }
    // Before the acknowledgement: a process that dies right after it could not tell any more.
    this.#ends('done', messages)
  }

  #starts(messages: readonly Message[]): void {
    const call = ++this.#calls
    for (const { id, attempt } of messages) {
      this.held.add(id)
      this.#life.record({ fact: 'run', step: this.#step, id, worker: this.#worker, attempt, call, at: now() })
    }
  }

  #ends(fact: 'done' | 'failed', messages: readonly Message[]): void {
    for (const { id } of messages) {
      this.#life.record({ fact, step: this.#step, id, worker: this.#worker, at: now() })
    }
  }

  #again(cause: 'deferred' | 'given back', messages: readonly Message[]): void {
    for (const { id } of messages) this.#life.record({ fact: 'again', step: this.#step, id, cause, at: now() })
  }
}

/** Those behind another one of their key: when it fails they do not count as failed, but they cannot go on without it. */
function followersIn(messages: readonly Message[]): Message[] {
  const keys = new Set<string>()
  return messages.filter(({ key }) => {
    if (key === undefined) return false
    const follows = keys.has(key)
    keys.add(key)
    return follows
  })
}
