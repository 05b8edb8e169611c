import { MqError, type Duration, type Message, type Queue, type SendOptions, type Topic } from '@anymq/core'
import type { Verb } from '../history/facts.ts'
import { contentOf } from '../history/content.ts'
import { milliseconds } from './milliseconds.ts'
import type { Recorder } from './recorder.ts'

/** A message that tells the history what its user does with it. */
export class RecordedMessage<Body> implements Message<Body> {
  readonly run: number
  readonly #message: Message<Body>
  readonly #recorder: Recorder

  constructor(message: Message<Body>, recorder: Recorder, how: 'handler' | 'receive', consumer: string) {
    this.#message = message
    this.#recorder = recorder
    this.run = recorder.nextRun()
    const { source, attempt, redriven } = message
    const content = contentOf(message, message.body)
    recorder.add({ ...content, fact: 'start', run: this.run, source, consumer, how, attempt, redriven })
    const { signal } = message
    signal.addEventListener('abort', () =>
      recorder.add({ fact: 'told', run: this.run, code: codeOf(signal.reason) ?? 'MQ_ABORTED' }),
    )
  }

  get id(): string {
    return this.#message.id
  }
  get idSource(): Message['idSource'] {
    return this.#message.idSource
  }
  get type(): string | undefined {
    return this.#message.type
  }
  get body(): Body {
    return this.#message.body
  }
  get headers(): Message['headers'] {
    return this.#message.headers
  }
  get key(): string | undefined {
    return this.#message.key
  }
  get priority(): string | undefined {
    return this.#message.priority
  }
  get attempt(): number {
    return this.#message.attempt
  }
  get redriven(): number {
    return this.#message.redriven
  }
  get sentAt(): Date {
    return this.#message.sentAt
  }
  get source(): string {
    return this.#message.source
  }
  get signal(): AbortSignal {
    return this.#message.signal
  }
  get native(): unknown {
    return this.#message.native
  }

  ack(): Promise<void> {
    return this.#settle('ack', undefined, () => this.#message.ack())
  }

  retry(options?: { readonly after?: Duration }): Promise<void> {
    const after = options?.after === undefined ? undefined : milliseconds(options.after)
    return this.#settle('retry', after, () => this.#message.retry(options))
  }

  deadLetter(why?: string): Promise<void> {
    return this.#settle('dead-letter', undefined, () => this.#message.deadLetter(why))
  }

  defer(after: Duration): Promise<void> {
    return this.#settle('defer', milliseconds(after), () => this.#message.defer(after))
  }

  extend(by: Duration): Promise<void> {
    return this.#message.extend(by)
  }

  send<In, Level extends string>(
    to: Queue<In, unknown, Level> | Topic<In, unknown, string, Level>,
    body: NoInfer<In>,
    options?: Omit<SendOptions<NoInfer<Level>>, 'causedBy'>,
  ): Promise<string> {
    return this.#recorder.sending(to, body, options, () => this.#message.send(to, body, options))
  }

  async #settle(verb: Verb, after: number | undefined, settle: () => Promise<void>): Promise<void> {
    this.#recorder.add({ fact: 'asked', run: this.run, verb, after })
    try {
      await settle()
      this.#recorder.add({ fact: 'answered', run: this.run, verb, code: undefined })
    } catch (error) {
      this.#recorder.add({ fact: 'answered', run: this.run, verb, code: codeOf(error) ?? String(error) })
      throw error
    }
  }
}

/** The code of an error of the library. */
export function codeOf(error: unknown): string | undefined {
  return MqError.is(error) ? error.code : undefined
}
