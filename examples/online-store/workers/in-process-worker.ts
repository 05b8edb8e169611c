import type { Broker, Handler, Message } from '@anymq/core'
import type { Recorder, Step } from '../books.ts'
import { bookEvents, bookLogger, Life } from './life.ts'
import type { Connect, Job, Worker } from './worker.ts'

/** Resolves when the worker consumes. */
export async function startWorker<Body>(
  name: string,
  job: Job<Body>,
  connect: Connect,
  record: Recorder,
): Promise<Worker> {
  const life = new Life(record)
  const broker = await connect({
    definitions: job.definitions,
    logger: bookLogger(life.record),
    onEvent: bookEvents(job.step, life.record),
  })
  const worker = new InProcessWorker(name, job.step, broker, life)
  await worker.begin(job)
  return worker
}

class InProcessWorker implements Worker {
  readonly name: string
  readonly step: Step
  readonly held = new Set<string>()
  readonly #broker: Broker
  readonly #life: Life

  constructor(name: string, step: Step, broker: Broker, life: Life) {
    this.name = name
    this.step = step
    this.#broker = broker
    this.#life = life
  }

  async begin<Body>(job: Job<Body>): Promise<void> {
    const { record, whileAlive } = this.#life
    const handler = job.handler({ broker: this.#broker, record, whileAlive })
    const subscription = this.#broker.consumer(job.source).subscribe((message) => this.#run(message, handler))
    await subscription.ready
  }

  async #run<Body>(message: Message<Body>, handler: Handler<Body>): Promise<void> {
    const { step, name: worker } = this
    const { id } = message
    const { record, whileAlive } = this.#life
    record({ fact: 'run', step, id, worker })
    this.held.add(id)
    try {
      await handler(message)
      // Before the acknowledgement: a process that dies right after it could not tell any more.
      record({ fact: 'done', step, id, worker })
      // Returning would acknowledge it too. Waiting for the answer tells what a crash would hold.
      await whileAlive(message.ack())
    } finally {
      this.held.delete(id)
    }
  }

  async crash(): Promise<readonly string[]> {
    const held = [...this.held]
    for (const id of held) this.#life.record({ fact: 'again', step: this.step, id, cause: 'crash' })
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
