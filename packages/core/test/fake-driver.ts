import type { BrokerEvent } from '../src/events.ts'
import type { LogFields } from '../src/log.ts'
import { uuidV7 } from '../src/mechanism/ids.ts'
import { guardedCall } from '../src/mechanism/guarded-call.ts'
import { Runtime } from '../src/runtime.ts'
import type { Adapter, Driver, Ensured, DriverContext, Feed } from '../src/spi/driver.ts'
import type { Manifest } from '../src/spi/manifest.ts'
import type { BatchResult, Failure, Outgoing, Stats } from '../src/spi/messages.ts'
import type { Target } from '../src/spi/target.ts'
import type { Premises } from '../src/supervisor.ts'
import { seededRandomness } from '../src/testing/seeded-randomness.ts'
import { TestClock } from '../src/testing/test-clock.ts'

const FAKE_MANIFEST: Manifest = {
  adapter: 'fake',
  version: '1',
  capabilities: {
    ordering: 'native',
    priority: 'native',
    delay: 'native',
    dedupe: 'native',
    ttl: 'native',
    groups: 'native',
  },
  durability: 'disk',
  ack: 'stored',
  delay: { kind: 'none' },
  delayTolerance: 0,
  levels: 0,
  groups: 'open',
  history: 'none',
  batch: { count: 10, bytes: 1000 },
  partialBatch: true,
  maxBody: 1000,
  span: 1000,
  maxHold: 1e9,
  handlerTimeout: 1e9,
  balance: false,
  atomicMove: true,
  countsFailures: true,
  deliveries: 'exact',
  heldAttempts: 'kept',
  duplicates: 'none',
  peek: 'all',
  stats: 'free',
  statsLag: 0,
  retention: Infinity,
  nameLength: 255,
}

/** A runtime in virtual time that remembers what it was told. */
export function fakeRuntime(): {
  readonly runtime: Runtime
  readonly clock: TestClock
  readonly events: BrokerEvent[]
  readonly lines: string[]
} {
  const clock = new TestClock()
  const random = seededRandomness(7)
  const events: BrokerEvent[] = []
  const lines: string[] = []
  const say = (_: LogFields, text: string): void => void lines.push(text)
  const log = { debug: () => undefined, info: say, warn: say, error: say }
  const runtime = new Runtime({
    clock,
    random,
    ids: uuidV7(clock, random),
    log,
    adapter: 'fake',
    onEvent: (event) => events.push(event),
  })
  return { runtime, clock, events, lines }
}

/** A failure as a driver words it. Default: may succeed later, not sent. */
export function fakeFailure(own: Partial<Failure> = {}): Failure {
  return { code: 'MQ_THROTTLED', retryable: true, outcome: 'not-sent', message: 'the fake broker refused', ...own }
}

/** Rejections of fake drivers carry their own classification. */
export class FakeError extends Error {
  readonly failure: Failure
  constructor(own: Partial<Failure> = {}) {
    super('native words')
    this.failure = fakeFailure(own)
  }
}

const classify = (error: unknown): Failure =>
  error instanceof FakeError
    ? error.failure
    : fakeFailure({ code: 'MQ_CONNECTION', message: String(error), outcome: 'unknown' })

/** A connection to nowhere: `answer` says what becomes of a batch, `ensuring` of a declaration. */
export class FakeDriver implements Driver {
  readonly manifest: Manifest
  readonly native: unknown = undefined
  readonly sent: (readonly Outgoing[])[] = []
  readonly ensured: string[] = []
  closed = 0
  inFlight = 0
  answer: (batch: readonly Outgoing[]) => Promise<BatchResult> = async () => ({})
  ensuring: () => Promise<void> = async () => undefined
  closing: () => Promise<void> = async () => undefined

  constructor(own: Partial<Manifest> = {}) {
    this.manifest = { ...FAKE_MANIFEST, ...own }
  }

  async ensure(target: Target): Promise<Ensured> {
    await this.ensuring()
    this.ensured.push(target.address)
    return {}
  }

  send(_target: Target, batch: readonly Outgoing[]): Promise<BatchResult> {
    this.sent.push([...batch])
    this.inFlight++
    return this.answer(batch).finally(() => this.inFlight--)
  }

  open(): Promise<Feed<unknown>> {
    return Promise.reject(new Error('the fake driver has no feeds'))
  }

  async stats(): Promise<Stats> {
    return { ready: 0, leased: 0, delayed: 0, oldest: undefined }
  }

  async purge(): Promise<void> {}
  async remove(): Promise<void> {}

  classify(error: unknown): Failure {
    return classify(error)
  }

  close(): Promise<void> {
    this.closed++
    return this.closing()
  }
}

/** What a connection has to bring along: a check of its manifest, and places that must exist. */
export function premises(check: (manifest: Manifest) => void, targets: readonly Target[]): Premises {
  return {
    check,
    ensure: async (driver, within) => {
      for (const target of targets) await within(guardedCall(() => driver.ensure(target, 'create')))
    },
  }
}

type Connect = (context: DriverContext, signal: AbortSignal) => Promise<Driver>

/** Connects as its script says, one entry per attempt; the last entry again and again. */
export class FakeAdapter implements Adapter {
  readonly spi = 1
  readonly offers: Manifest = FAKE_MANIFEST
  /** When each attempt began, in monotonic time. */
  readonly attempts: number[] = []
  readonly contexts: DriverContext[] = []
  readonly #script: readonly Connect[]

  constructor(...script: readonly Connect[]) {
    this.#script = script
  }

  connect(context: DriverContext, signal: AbortSignal): Promise<Driver> {
    const step = this.#script[Math.min(this.attempts.length, this.#script.length - 1)]!
    this.attempts.push(context.clock.monotonic())
    this.contexts.push(context)
    return step(context, signal)
  }

  classify(error: unknown): Failure {
    return classify(error)
  }
}
