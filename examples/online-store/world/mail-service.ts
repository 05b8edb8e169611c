import type { Recorder } from '../facts.ts'
import type { Pace } from './pace.ts'

export interface Mail {
  /** A second mail with the same id is not sent. */
  readonly id: string
  readonly to: string
  readonly text: string
}

/** Sends mails, or says that it did. */
export class MailService {
  readonly #pace: Pace
  readonly #record: Recorder
  readonly #sent = new Set<string>()

  constructor(pace: Pace, record: Recorder) {
    this.#pace = pace
    this.#record = record
  }

  async send({ id, to }: Mail): Promise<void> {
    await this.#pace.work(3, 9)
    if (this.#sent.has(id)) return
    this.#sent.add(id)
    this.#record({ fact: 'mailed', id, to })
  }
}
