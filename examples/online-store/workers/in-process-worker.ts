import type { Broker } from '@anymq/core'
import type { Recorder, Step } from '../facts.ts'
import { now } from '../now.ts'
import { Desk } from './desk.ts'
import { bookEvents, bookLogger, Life } from './life.ts'
import type { Connect, Job, Worker } from './worker.ts'

/** A worker that lives in this process: its broker object is its own, as a process's would be. */
export class InProcessWorker implements Worker {
  readonly name: string
  readonly step: Step
  readonly #broker: Broker
  readonly #life: Life
  readonly #desk: Desk

  private constructor(name: string, step: Step, broker: Broker, life: Life) {
    this.name = name
    this.step = step
    this.#broker = broker
    this.#life = life
    this.#desk = new Desk(name, step, life)
  }

  static async hire(name: string, job: Job, connect: Connect, record: Recorder): Promise<InProcessWorker> {
    const life = new Life(record)
    const broker = await connect({
      definitions: job.definitions,
      logger: bookLogger(life.record),
      onEvent: bookEvents(job.step, life.record),
    })
    return new InProcessWorker(name, job.step, broker, life)
  }

  get held(): ReadonlySet<string> {
    return this.#desk.held
  }

  /** Resolves when the work has ended: by one of these signals, or because the worker goes. */
  work({ handling }: Job, signals: false | readonly NodeJS.Signals[]): Promise<void> {
    const desk = this.#desk
    const { record, whileAlive } = this.#life
    const place = {
      broker: this.#broker,
      record,
      whileAlive,
      booked: desk.booked.bind(desk),
      bookedBatch: desk.bookedBatch.bind(desk),
    }
    return this.#broker.run([handling(place)], { signals, timeout: '5s' })
  }

  async crash(): Promise<readonly string[]> {
    const held = [...this.held]
    for (const id of held) this.#life.record({ fact: 'again', step: this.step, id, cause: 'crash', at: now() })
    this.#life.end()
    abandon(this.#broker.native)
    await this.#broker.close({ timeout: 0 })
    return held
  }

  close(): Promise<void> {
    return this.#broker.close({ timeout: '5s' })
  }
}

/** Some connections can drop dead on purpose; where they cannot, closing gives the messages back at once. */
function abandon(native: unknown): void {
  if (typeof native !== 'object' || native === null) return
  if ('abandon' in native && typeof native.abandon === 'function') native.abandon()
}
