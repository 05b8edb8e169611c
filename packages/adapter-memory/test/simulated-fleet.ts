import {
  createBroker,
  DeadLetter,
  fixed,
  queue,
  RetryAfter,
  silentLogger,
  type,
  type Broker,
  type Randomness,
  type Message,
  type Subscription,
} from '@anymq/core'
import { seededRandomness, TestClock } from '@anymq/core/testing'
import type { Adapter } from '@anymq/core/driver'
import { memory, memoryServer, type MemoryConnection, type MemoryManifest, type MemoryServer } from '../src/index.ts'

export const jobs = queue('jobs', {
  schema: type<{ readonly n: number }>(),
  retry: { attempts: 4, backoff: fixed('700ms'), crashes: 1000 },
  lease: '3s',
  timeout: '6s',
})

/** What the fleet's history must explain. */
export interface Fact {
  readonly what: 'start' | 'failed' | 'done' | 'dead'
  readonly id: string
  readonly worker: string
  readonly attempt: number
}

/** One process of the fleet: it can be cut off, die, or be closed. */
interface Worker {
  readonly name: string
  readonly broker: Broker<MemoryConnection>
  readonly work: Subscription
  isDead: boolean
}

/** One run of a handler. Until the clock moves on its settlement may still be on the way. */
interface Run {
  readonly id: string
  endedAt: number
}

/** Several processes on one in-memory server, in virtual time, that misbehave as a seed says. */
export class Fleet {
  readonly clock = new TestClock()
  readonly history: Fact[] = []
  /** Ids whose handler was running, or had ended at that very moment, when its process was cut off, killed or closed by force: each explains one more run. */
  readonly interrupted = new Map<string, number>()
  readonly #server = memoryServer()
  readonly #random: Randomness
  readonly #workers: Worker[] = []
  readonly #runs = new Map<string, Set<Run>>()
  #calm = false
  #born = 0

  readonly #adapter: (server: MemoryServer) => Adapter<MemoryManifest, unknown, MemoryConnection>
  /** How often a process was cut off, killed or closed. */
  interruptions = 0

  constructor(
    seed: number,
    adapter: (server: MemoryServer) => Adapter<MemoryManifest, unknown, MemoryConnection> = (server) =>
      memory({ server }),
  ) {
    this.#random = seededRandomness(seed)
    this.#adapter = adapter
  }

  async open(name: string): Promise<Broker<MemoryConnection>> {
    return createBroker(this.#adapter(this.#server), {
      definitions: [jobs],
      clock: this.clock,
      random: seededRandomness(this.#born++),
      logger: silentLogger,
      onEvent: (event) => {
        if (this.#workers.some((worker) => worker.name === name && worker.isDead)) return
        if (event.event === 'retry')
          this.history.push({ what: 'failed', id: event.id, worker: name, attempt: event.attempt })
        if (event.event === 'dead-letter')
          this.history.push({ what: 'dead', id: event.id, worker: name, attempt: event.attempt })
      },
    })
  }

  async hire(): Promise<void> {
    const name = `w${this.#born}`
    const broker = await this.open(name)
    const worker: Worker = {
      name,
      broker,
      isDead: false,
      work: broker
        .consumer(jobs)
        .subscribe((message) => this.#handle(worker, message), { concurrency: 1 + this.#upTo(4) }),
    }
    this.#runs.set(name, new Set())
    this.#workers.push(worker)
    await this.clock.settle()
  }

  /** Something happens to somebody. */
  async mishap(): Promise<void> {
    const index = this.#upTo(this.#workers.length)
    const worker = this.#workers[index]!
    const kind = this.#upTo(8)
    if (kind === 0) {
      this.#interrupt(worker)
      worker.broker.native.cut()
    } else if (kind === 1) {
      this.#interrupt(worker)
      worker.isDead = true
      worker.broker.native.abandon()
      await this.#replace(index)
    } else if (kind === 2) {
      this.#interrupt(worker)
      await this.#finish(worker.broker.close({ timeout: '1s' }))
      worker.isDead = true
      await this.#replace(index)
    } else if (kind === 3) worker.work.pause()
    else worker.work.resume()
  }

  /** From now on nothing fails any more. */
  async calm(): Promise<void> {
    this.#calm = true
    for (const { work } of this.#workers) work.resume()
    await this.clock.advance('5m')
  }

  async end(): Promise<void> {
    await Promise.all(this.#workers.map(({ broker }) => this.#finish(broker.close({ timeout: '1s' }))))
  }

  async #replace(index: number): Promise<void> {
    const [old] = this.#workers.splice(index, 1)
    await this.hire()
    // What is left of a dead process is tidied up, so that its timers do not count.
    await this.#finish(old!.broker.close({ timeout: 0 }))
  }

  #interrupt(worker: Worker): void {
    this.interruptions++
    const runs = this.#runs.get(worker.name)!
    for (const run of runs) {
      if (run.endedAt < this.clock.monotonic()) runs.delete(run)
      else this.interrupted.set(run.id, (this.interrupted.get(run.id) ?? 0) + 1)
    }
  }

  async #finish(promise: Promise<unknown>): Promise<void> {
    const state = { settled: false }
    void promise.finally(() => (state.settled = true))
    for (let i = 0; !state.settled && i < 100; i++) await this.clock.advance('100ms')
    await promise
  }

  async #handle(worker: Worker, message: Message<{ readonly n: number }>): Promise<void> {
    const { id, attempt } = message
    this.history.push({ what: 'start', id, worker: worker.name, attempt })
    const run: Run = { id, endedAt: Infinity }
    this.#runs.get(worker.name)!.add(run)
    try {
      await this.#misbehave(message)
      if (!worker.isDead && !message.signal.aborted)
        this.history.push({ what: 'done', id, worker: worker.name, attempt })
    } finally {
      run.endedAt = this.clock.monotonic()
    }
  }

  async #misbehave(message: Message<{ readonly n: number }>): Promise<void> {
    if (this.#calm) return
    if (this.#upTo(2) === 0) await new Promise<void>((resolve) => this.clock.setTimer(resolve, this.#upTo(5000)))
    switch (this.#upTo(8)) {
      case 0:
        throw new Error('failed')
      case 1:
        throw new RetryAfter(this.#upTo(3000))
      case 2:
        throw new DeadLetter('rejected')
      case 3:
        return new Promise((_, reject) =>
          message.signal.addEventListener('abort', () => reject(new Error('told to stop'))),
        )
      default:
        return undefined
    }
  }

  #upTo(limit: number): number {
    return Math.floor(this.#random.next() * limit)
  }
}
