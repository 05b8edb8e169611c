import type { Duration, Subscription } from '@anymq/core'
import type { Recorder } from './recorder.ts'

/** A handler at work; that it pauses and closes is written down. */
export class RecordedSubscription {
  readonly #subscription: Subscription
  readonly #recorder: Recorder

  constructor(subscription: Subscription, recorder: Recorder) {
    this.#subscription = subscription
    this.#recorder = recorder
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
    this.#recorder.add({ fact: 'life', what: 'paused' })
    this.#subscription.pause(options)
  }

  resume(): void {
    this.#subscription.resume()
    this.#recorder.add({ fact: 'life', what: 'resumed' })
  }

  async close(options?: { readonly timeout?: Duration }): Promise<void> {
    this.#recorder.add({ fact: 'life', what: 'closing' })
    await this.#subscription.close(options)
  }
}
