import {
  createBroker,
  DeadLetter,
  Defer,
  fixed,
  queue,
  RetryAfter,
  silentLogger,
  type,
  type Broker,
  type Message,
  type Randomness,
  type Subscription,
} from '@anymq/core'
import { seededRandomness, TestClock } from '@anymq/core/testing'
import { memory, memoryServer, type MemoryConnection, type MemoryMask } from '../src/index.ts'

interface Body {
  readonly key: string
  readonly n: number
  /** Wall time before which it must not run. */
  readonly due: number
}

const policy = { retry: { attempts: 4, backoff: fixed('700ms'), crashes: 1000 }, lease: '3s', timeout: '6s' } as const

/** Ordered, and its key waits for a failing head. */
export const steps = queue('steps', { schema: type<Body>(), ordering: { key: ({ key }) => key, shards: 2 }, ...policy })
/** Unordered, by level, some of it later. */
export const parcels = queue('parcels', {
  schema: type<Body>(),
  priority: { levels: ['vip', 'normal', 'bulk'], default: 'normal' },
  delay: { max: '1m' },
  ...policy,
})

/** One run of a handler, while it lasts. */
interface Run {
  readonly key: string
  readonly worker: Worker
}

interface Worker {
  readonly name: string
  readonly broker: Broker<MemoryConnection>
  readonly works: readonly Subscription[]
  isDead: boolean
}

/** Processes on one in-memory server that misbehave as a seed says, and a judge who looks at every start. */
export class Yard {
  readonly clock = new TestClock()
  /** What is wrong, as soon as it is seen. */
  readonly problems: string[] = []
  /** Ids with a run that ended well, or that were dead-lettered. */
  readonly done = new Set<string>()
  readonly dead = new Set<string>()
  readonly starts = new Map<string, number>()
  /** How often a process was cut off, killed or closed. */
  interruptions = 0
  readonly #random: Randomness
  readonly #mask: readonly MemoryMask[]
  readonly #server = memoryServer()
  readonly #workers: Worker[] = []
  readonly #running = new Set<Run>()
  /** The attempt that failed last, by id. */
  readonly #failures = new Map<string, number>()
  /** The number that started last, by key. */
  readonly #last = new Map<string, number>()
  #isCalm = false
  #born = 0

  /** Every fourth one sees no interruption: there every count must be exact. */
  readonly #isPeaceful: boolean

  constructor(seed: number, mask: readonly MemoryMask[]) {
    this.#isPeaceful = seed % 4 === 0
    this.#random = seededRandomness(seed)
    this.#mask = mask
  }

  open(): Promise<Broker<MemoryConnection>> {
    return createBroker(memory({ server: this.#server, mask: this.#mask }), {
      definitions: [steps, parcels],
      clock: this.clock,
      random: seededRandomness(this.#born++),
      logger: silentLogger,
      onEvent: (event) => {
        if (event.event === 'dead-letter') this.dead.add(event.id)
        // A crash may leave two copies: the one that failed more often tells.
        if (event.event === 'retry')
          this.#failures.set(event.id, Math.max(event.attempt, this.#failures.get(event.id) ?? 0))
      },
    })
  }

  async hire(): Promise<void> {
    const broker = await this.open()
    const worker: Worker = { name: `w${this.#born}`, broker, isDead: false, works: [] }
    const works = [steps, parcels].map((source) =>
      broker.consumer(source).subscribe((message) => this.#handle(worker, message), { concurrency: 1 + this.upTo(4) }),
    )
    this.#workers.push(Object.assign(worker, { works }))
    await this.clock.settle()
  }

  /** Something happens to somebody. */
  async mishap(): Promise<void> {
    const index = this.upTo(this.#workers.length)
    const worker = this.#workers[index]!
    const kind = this.#isPeaceful ? 3 + this.upTo(7) : this.upTo(10)
    if (kind === 0) {
      this.interruptions++
      worker.broker.native.cut()
    } else if (kind === 1) {
      this.interruptions++
      this.#dies(worker)
      worker.broker.native.abandon()
      await this.#replace(index)
    } else if (kind === 2) {
      this.interruptions++
      await this.#finish(worker.broker.close({ timeout: '1s' }))
      this.#dies(worker)
      await this.#replace(index)
    } else if (kind === 3) for (const work of worker.works) work.pause()
    else for (const work of worker.works) work.resume()
  }

  /** From now on nothing fails any more. */
  async calm(): Promise<void> {
    this.#isCalm = true
    for (const { works } of this.#workers) for (const work of works) work.resume()
    await this.clock.advance('5m')
  }

  async end(): Promise<void> {
    await Promise.all(this.#workers.map(({ broker }) => this.#finish(broker.close({ timeout: '1s' }))))
  }

  upTo(limit: number): number {
    return Math.floor(this.#random.next() * limit)
  }

  #dies(worker: Worker): void {
    worker.isDead = true
    for (const run of this.#running) if (run.worker === worker) this.#running.delete(run)
  }

  async #replace(index: number): Promise<void> {
    const [old] = this.#workers.splice(index, 1)
    await this.hire()
    await this.#finish(old!.broker.close({ timeout: 0 }))
  }

  async #finish(promise: Promise<unknown>): Promise<void> {
    const state = { settled: false }
    void promise.finally(() => (state.settled = true))
    for (let i = 0; !state.settled && i < 100; i++) await this.clock.advance('100ms')
    await promise
  }

  async #handle(worker: Worker, message: Message<Body>): Promise<void> {
    if (worker.isDead) return
    const { id, body } = message
    this.starts.set(id, (this.starts.get(id) ?? 0) + 1)
    if (this.clock.now() < body.due) this.problems.push(`${id} ran ${body.due - this.clock.now()} ms early`)
    const expected = (this.#failures.get(id) ?? 0) + 1
    // What is interrupted may be forgotten, never made up.
    if (message.attempt > expected || (message.attempt < expected && this.interruptions === 0))
      this.problems.push(`${id} ran with attempt ${message.attempt}; its failures make it ${expected}`)
    if (message.attempt > 4) this.problems.push(`${id} ran with attempt ${message.attempt} of 4`)
    const run = { key: body.key, worker }
    if (message.source === 'steps') this.#judge(message, run)
    this.#running.add(run)
    // Who is told to stop has stopped: whoever comes next does not overlap.
    message.signal.addEventListener('abort', () => this.#running.delete(run))
    try {
      await this.#misbehave(message, run)
      if (!worker.isDead && !message.signal.aborted) this.done.add(id)
    } finally {
      this.#running.delete(run)
    }
  }

  /** Of each key one at a time; the next is the same again, the one after it, or one further back. */
  #judge({ id, body: { key, n } }: Message<Body>, run: Run): void {
    const other = [...this.#running].find((each) => each.key === key)
    if (other !== undefined)
      this.problems.push(`${id} started on ${run.worker.name} while ${key} was running on ${other.worker.name}`)
    const last = this.#last.get(key) ?? -1
    if (n > last + 1) this.problems.push(`${id} started after ${key}-${last}: something was overtaken`)
    if (n < last && this.interruptions === 0)
      this.problems.push(`${id} started after ${key}-${last}, and nothing was interrupted`)
    this.#last.set(key, n)
  }

  async #misbehave(message: Message<Body>, run: Run): Promise<void> {
    if (this.#isCalm) return
    if (this.upTo(2) === 0) await new Promise<void>((resolve) => this.clock.setTimer(resolve, this.upTo(3000)))
    if (message.signal.aborted) throw new Error('told to stop')
    switch (this.upTo(12)) {
      case 0:
        throw new Error('failed')
      case 1:
        throw new RetryAfter(this.upTo(3000))
      case 2:
        throw new DeadLetter('rejected')
      case 3:
        throw new Defer(this.upTo(2000))
      case 4:
        return new Promise((_, reject) => message.signal.addEventListener('abort', () => reject(new Error('stopped'))))
      case 5:
        void message.retry({ after: this.upTo(1000) }).catch(() => undefined)
        return
      case 6:
        if (!message.signal.aborted) this.done.add(message.id)
        void message.ack().catch(() => undefined)
        // What it does now is no longer its turn.
        this.#running.delete(run)
        return new Promise((resolve) => this.clock.setTimer(resolve, this.upTo(500)))
      default:
        return undefined
    }
  }
}
