import type { DeadLetters, DeadMessage, RedriveOptions, RedriveResult, Source } from '@anymq/core'
import { contentOf } from '../history/content.ts'
import type { Recorder } from './recorder.ts'

/** The dead letters of a source; what is seen and done is written down. */
export class RecordedDeadLetters<In, Out> implements DeadLetters<In, Out> {
  readonly #source: string
  readonly #letters: DeadLetters<In, Out>
  readonly #recorder: Recorder

  constructor(source: Source<Out, In>, letters: DeadLetters<In, Out>, recorder: Recorder) {
    this.#source = source.kind === 'group' ? `${source.topic.name}/${source.name}` : source.name
    this.#letters = letters
    this.#recorder = recorder
  }

  async peek(options?: { readonly max?: number }): Promise<DeadMessage<Out>[]> {
    const letters = await this.#letters.peek(options)
    for (const letter of letters) this.#seen(letter)
    return letters
  }

  count(): Promise<number> {
    return this.#letters.count()
  }

  async redrive(options: RedriveOptions<In, Out> = {}): Promise<RedriveResult> {
    // What may go back is said before the first of them can arrive.
    if (options.dryRun !== true)
      this.#recorder.add({
        fact: 'redriven',
        source: this.#source,
        ids: options.ids,
        repaired: options.map !== undefined,
      })
    return this.#letters.redrive(options)
  }

  discard(options: Parameters<DeadLetters<In, Out>['discard']>[0]): Promise<number> {
    this.#recorder.add({ fact: 'discarded', source: this.#source, ids: options.ids })
    return this.#letters.discard(options)
  }

  purge(): Promise<void> {
    this.#recorder.add({ fact: 'discarded', source: this.#source, ids: undefined })
    return this.#letters.purge()
  }

  #seen(letter: DeadMessage<Out>): void {
    const { reason, attempts } = letter
    const content = contentOf(letter, letter.valid ? letter.body : letter.raw)
    this.#recorder.add({ ...content, fact: 'dead', source: this.#source, reason, attempts })
  }
}
