import type { Duration, Subscription } from '@anymq/core'
import type { Recorder } from './recorder.ts'

/** A handler at work; that it pauses and closes is written down. */
export class RecordedSubscription {
  readonly #subscription: Subscription
  readonly #recorder: Recorder
  readonly #consumer: string

  /** @param consumer as its runs name it */
  constructor(subscription: Subscription, recorder: Recorder, consumer: string) {
    this.#subscription = subscription
    this.#recorder = recorder
    this.#consumer = consumer
  }

  get ready(): Promise<void> {
    return this.#subscription.ready
  }
  get done(): Promise<void> {
    return this.#subscription.done
  }
  get running(): number {
    return this.#subscription.running
  }

  pause(options?: { readonly for?: Duration }): void {
    this.#recorder.add({ fact: 'life', what: 'paused', consumer: this.#consumer })
    this.#subscription.pause(options)
  }

  resume(): void {
    this.#subscription.resume()
    this.#recorder.add({ fact: 'life', what: 'resumed', consumer: this.#consumer })
  }

  async close(options?: { readonly timeout?: Duration }): Promise<void> {
    this.#recorder.add({ fact: 'life', what: 'closing', consumer: this.#consumer })
    await this.#subscription.close(options)
    this.#recorder.add({ fact: 'life', what: 'closed', consumer: this.#consumer })
  }
}
