import type { BrokerEvent, Logger, LogFields } from '@anymq/core'
import type { Recorder, Step } from '../facts.ts'
import { now } from '../now.ts'
import type { Workplace } from './worker.ts'

/** What ends with a process: its voice, and everything that it waits for. */
export class Life {
  readonly record: Recorder
  readonly whileAlive: Workplace['whileAlive']
  #ended = false

  constructor(record: Recorder) {
    this.record = (fact) => {
      if (!this.#ended) record(fact)
    }
    this.whileAlive = (work) =>
      new Promise((resolve, reject) => {
        work.then(
          (value) => this.#ended || resolve(value),
          (error: Error) => this.#ended || reject(error),
        )
      })
  }

  end(): void {
    this.#ended = true
  }
}

/** Retries are expected here, hundreds of them: the library's warnings are counted instead of printed. */
export function bookLogger(record: Recorder): Logger {
  const note = (_fields: LogFields, text: string): void => record({ fact: 'logged', text })
  return { debug: () => undefined, info: () => undefined, warn: note, error: note }
}

/** Why a message will be handled once more, or never again: the library says so when it happens. */
export function bookEvents(step: Step, record: Recorder): (event: BrokerEvent) => void {
  return (event) => {
    if (event.event === 'retry') record({ fact: 'again', step, id: event.id, cause: 'retry', at: now() })
    else if (event.event === 'lease-lost') record({ fact: 'again', step, id: event.id, cause: 'lease lost', at: now() })
    else if (event.event === 'dead-letter') record({ fact: 'dead', step, id: event.id })
  }
}
