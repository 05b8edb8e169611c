import { MqError } from '../errors.ts'
import type { Timer } from '../mechanism/clock.ts'
import { guardedCall } from '../mechanism/guarded-call.ts'
import { noQueue } from '../emulate/refusals.ts'
import type { Runtime } from '../runtime.ts'
import type { Driver } from '../spi/driver.ts'
import { groupsIn } from '../spi/fingerprint.ts'
import type { BatchResult, Failure } from '../spi/messages.ts'
import type { Target } from '../spi/target.ts'
import type { Dependent } from '../supervisor.ts'
import { isOpen, type OutgoingMessage } from './outgoing-message.ts'
import { SendBuffer } from './send-buffer.ts'
import { SendLine } from './send-line.ts'

const FIRST_BACKOFF = 20
const LONGEST_BACKOFF = 1000
/** Deadlines are swept together: a send may learn of its timeout this much late. */
const SWEEP_GRAIN = 25
/** Messages that were given up lie in the queue until it is tidied; so many may. */
const TIDY_AFTER = 256

/**
 * Turns concurrent sends to one target into batches without a timer: the first goes at once, and what arrives while
 * it is in flight forms the next. What fails and may succeed later is tried again with the same ids, ahead of the rest.
 */
export class Batcher implements Dependent {
  readonly #runtime: Runtime
  readonly #target: Target
  readonly #buffer: SendBuffer
  readonly #queue: SendLine
  readonly #healthKey: string
  #driver: Driver | null = null
  #flight: readonly OutgoingMessage[] | null = null
  #backoff = FIRST_BACKOFF
  #pause: Timer | null = null
  #sweep: Timer | null = null
  #sweepAt = 0
  #drained: (() => void)[] = []
  #abandoned = 0
  /** A message that reaches nobody is an error. */
  readonly #mustArrive: boolean
  /** What it sends to has vanished and is being declared again. */
  #isRestoring = false
  /** What waits for that. */
  #missed: OutgoingMessage[] = []

  /** @param oneOfAKey only one message of a key may be in flight */
  constructor(
    runtime: Runtime,
    target: Target,
    limits: { readonly messages: number; readonly bytes: number },
    oneOfAKey = false,
  ) {
    this.#queue = new SendLine(oneOfAKey)
    this.#runtime = runtime
    this.#target = target
    this.#buffer = new SendBuffer(limits)
    this.#healthKey = `send ${target.address}`
    this.#mustArrive = target.kind !== 'topic' || groupsIn(target.fingerprint).length > 0
  }

  /** Take a message; `go` sends it. Where the buffer is full it waits, in order, outside. */
  add(message: OutgoingMessage): void {
    this.#armSweep(message.deadline)
    if (this.#buffer.admit(message)) this.#queue.push(message)
  }

  /** What was added may leave now. */
  go(): void {
    if (this.#flight === null) this.#pump()
  }

  /** Give up on a message whose caller no longer waits. */
  abandon(message: OutgoingMessage): void {
    if (message.ticket === null) return
    const inFlight = this.#flight?.includes(message) ?? false
    this.#fail(message, new MqError('MQ_ABORTED', 'the signal aborted the send'), inFlight)
    if (++this.#abandoned >= TIDY_AFTER) this.#tidy()
    this.#release()
  }

  up(driver: Driver): void {
    this.#driver = driver
    this.#pump()
  }

  /** The connection is gone: what was in flight may have arrived, and is sent again with the same ids. */
  lost(error: MqError): void {
    this.#driver = null
    const flight = this.#flight
    if (flight === null) return
    this.#flight = null
    for (const message of flight) {
      message.maybeSent = true
      message.trouble = error.message
    }
    this.#again(flight.filter(isOpen), error)
  }

  /** Resolves when nothing waits any more. */
  drain(): Promise<void> {
    if (this.#buffer.empty) return Promise.resolve()
    return new Promise((resolve) => this.#drained.push(resolve))
  }

  /** Fail whatever is left, and leave no timer behind. */
  stop(error: MqError): void {
    this.#pause?.cancel()
    for (const message of this.#flight ?? []) this.#fail(message, error, true)
    for (const next of [...this.#queue.waiting()]) this.#fail(next, error, false)
    this.#queue.tidy()
    for (let next = this.#buffer.nextWaiting(); next !== undefined; next = this.#buffer.nextWaiting())
      this.#fail(next, error, false)
    this.#sweep?.cancel()
    this.#sweep = null
    this.#release()
  }

  #pump(): void {
    if (this.#flight !== null || this.#pause !== null || this.#isRestoring || this.#driver === null) return
    const batch = this.#cut(this.#driver.manifest.batch)
    if (batch.length === 0) return
    this.#flight = batch
    this.#transmit(this.#driver, batch)
  }

  #transmit(driver: Driver, batch: readonly OutgoingMessage[]): void {
    guardedCall(() => driver.send(this.#target, batch)).then(
      (result) => this.#landed(batch, result),
      (error: unknown) => this.#crashed(batch, driver.classify(error)),
    )
  }

  #cut(limit: { readonly count: number; readonly bytes: number }): OutgoingMessage[] {
    const batch: OutgoingMessage[] = []
    let bytes = 0
    for (let next = this.#queue.peek(); next !== undefined && batch.length < limit.count; next = this.#queue.peek()) {
      bytes += next.size
      if (bytes > limit.bytes && batch.length > 0) break
      this.#queue.shift()
      if (next.ticket !== null) batch.push(next)
      else bytes -= next.size
    }
    return batch
  }

  #landed(batch: readonly OutgoingMessage[], result: BatchResult): void {
    if (this.#flight !== batch) return
    this.#flight = null
    this.#runtime.health.clear(this.#healthKey)
    if (result.failed === undefined && result.unroutable === undefined) {
      for (const message of batch) this.#succeed(message)
      this.#backoff = FIRST_BACKOFF
    } else this.#sort(batch, result)
    this.#release()
    this.#pump()
  }

  /** Some items need a word: unroutable ones, and failures of both kinds. In the order of the batch, whatever the driver's. */
  #sort(batch: readonly OutgoingMessage[], { failed = [], unroutable = [] }: BatchResult): void {
    const failures = new Map(failed.map(({ index, failure }) => [index, failure]))
    if (this.#mustArrive) for (const index of unroutable) failures.set(index, noQueue(this.#target))
    else if (unroutable.length > 0) this.#sayNoGroups()
    const again: OutgoingMessage[] = []
    batch.forEach((message, index) => {
      const failure = failures.get(index)
      if (failure === undefined) this.#succeed(message)
      else if (this.#isRetried(message, failure)) again.push(message)
      else this.#fail(message, this.#errorOf(failure), message.maybeSent)
    })
    const [first] = failures.values()
    if (first !== undefined) this.#again(again, this.#errorOf(first))
  }

  #crashed(batch: readonly OutgoingMessage[], failure: Failure): void {
    if (this.#flight !== batch) return
    this.#flight = null
    const error = this.#errorOf(failure)
    const again: OutgoingMessage[] = []
    for (const message of batch) {
      if (this.#isRetried(message, failure)) again.push(message)
      else this.#fail(message, error, message.maybeSent)
    }
    this.#again(again, error)
    this.#release()
    this.#pump()
  }

  #isRetried(message: OutgoingMessage, failure: Failure): boolean {
    if (failure.outcome === 'unknown') message.maybeSent = true
    message.trouble = failure.message
    if (message.ticket === null || this.#runtime.clock.monotonic() >= message.deadline) return false
    if (failure.code !== 'MQ_NOT_FOUND') return failure.retryable
    if (this.#restores(failure)) this.#missed.push(message)
    return this.#isRestoring
  }

  /** True: what has vanished is being declared again, and nothing is sent until that is answered. */
  #restores(failure: Failure): boolean {
    if (this.#isRestoring) return true
    const answer = this.#runtime.restore(this.#target)
    if (answer === false) return false
    this.#isRestoring = true
    void answer.then((isRestored) => {
      this.#isRestoring = false
      const missed = this.#missed.splice(0)
      if (!isRestored) for (const message of missed) this.#fail(message, this.#errorOf(failure), message.maybeSent)
      this.#release()
      this.#pump()
    })
    return true
  }

  /** Back to the front, in their order, after a pause. */
  #again(messages: readonly OutgoingMessage[], error: MqError): void {
    if (messages.length === 0) return
    for (let i = messages.length - 1; i >= 0; i--) this.#queue.unshift(messages[i]!)
    this.#runtime.emit({ event: 'send-retry', destination: this.#target.name, count: messages.length, error })
    const wait = this.#backoff * (0.5 + this.#runtime.random.next() / 2)
    this.#backoff = Math.min(this.#backoff * 2, LONGEST_BACKOFF)
    this.#pause?.cancel()
    this.#pause = this.#runtime.clock.setTimer(() => {
      this.#pause = null
      this.#pump()
    }, wait)
  }

  #sayNoGroups(): void {
    if (this.#runtime.first(`no groups ${this.#target.address}`))
      this.#runtime.emit({ event: 'no-groups', destination: this.#target.name })
  }

  #succeed(message: OutgoingMessage): void {
    const { ticket } = message
    if (ticket === null) return
    message.ticket = null
    this.#buffer.remove(message)
    this.#queue.decided(message)
    ticket.sent(message.index)
  }

  #fail(message: OutgoingMessage, error: MqError, maybeSent: boolean): void {
    const { ticket } = message
    if (ticket === null) return
    message.ticket = null
    this.#buffer.remove(message)
    this.#queue.decided(message)
    ticket.failed(message.index, error, maybeSent || message.maybeSent ? 'unknown' : 'not-sent')
  }

  /** Room may have come free: let in who waits, and wake who drains. */
  #release(): void {
    for (let next = this.#buffer.nextAdmitted(); next !== undefined; next = this.#buffer.nextAdmitted())
      this.#queue.push(next)
    if (!this.#buffer.empty || this.#drained.length === 0) return
    for (const resolve of this.#drained.splice(0)) resolve()
  }

  #armSweep(deadline: number): void {
    if (this.#sweep !== null && deadline >= this.#sweepAt) return
    this.#sweep?.cancel()
    this.#sweepAt = deadline
    this.#sweep = this.#runtime.clock.setTimer(() => this.#sweepDeadlines(), deadline - this.#runtime.clock.monotonic())
  }

  #sweepDeadlines(): void {
    this.#sweep = null
    const now = this.#runtime.clock.monotonic()
    let earliest = Infinity
    const look = (message: OutgoingMessage | undefined, inFlight: boolean): void => {
      if (message === undefined || message.ticket === null) return
      if (message.deadline <= now) this.#fail(message, timeoutError(message.trouble), inFlight)
      else earliest = Math.min(earliest, message.deadline)
    }
    for (const message of this.#flight ?? []) look(message, true)
    for (const message of [...this.#queue.waiting()]) look(message, false)
    for (let i = 0; i < this.#buffer.waiting; i++) look(this.#buffer.waitingAt(i), false)
    this.#tidy()
    this.#giveUpFlight()
    this.#release()
    this.#pump()
    if (earliest !== Infinity) this.#armSweep(Math.max(earliest, now + SWEEP_GRAIN))
  }

  /** What nobody waits for any more must not keep its body. */
  #tidy(): void {
    this.#abandoned = 0
    this.#queue.tidy()
    this.#buffer.tidy()
  }

  /** A call that the driver never answers must not hold up the rest: nobody waits for it any more. */
  #giveUpFlight(): void {
    if (this.#flight === null || this.#flight.some(isOpen)) return
    this.#flight = null
    this.#runtime.health.report(this.#healthKey, 'degraded', `sends to "${this.#target.name}" get no answer`)
  }

  #errorOf(failure: Failure): MqError {
    return new MqError(failure.code, failure.message, {
      retryable: failure.retryable,
      adapter: this.#runtime.adapter,
      destination: this.#target.name,
      cause: failure.cause,
    })
  }
}

function timeoutError(trouble: string): MqError {
  const last = trouble === '' ? '' : `; the last try failed: ${trouble}`
  return new MqError('MQ_TIMEOUT', `the time to send was over${last}`, { retryable: true })
}
