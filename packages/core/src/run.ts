import { constants } from 'node:os'
import process from 'node:process'
import type { SourceConsumer } from './consume/source-consumer.ts'
import { StartLimit } from './consume/start-limit.ts'
import type { ConsumerOptions, SubscribeOptions, Subscription } from './consume/options.ts'
import type { Source } from './definition/definition.ts'
import type { Duration } from './duration.ts'
import { closeTimeout } from './close-timeout.ts'
import type { Problem } from './errors.ts'
import { isHandling, type Handling } from './handler.ts'
import { refuseProblems } from './options/refuse.ts'
import { duration, field, whole } from './options/rules.ts'
import { shape } from './options/shape.ts'
import { show } from './options/show.ts'

/** How `broker.run` runs. */
export interface RunOptions {
  /** Most handlers at once, over all sources; a batch counts as one. Default: no total limit, each handler has its own. */
  readonly concurrency?: number
  /** Signals of the process that end it in good order. A second signal of the same kind does what Node does by default. Default `['SIGTERM', 'SIGINT']`; false: none. */
  readonly signals?: false | readonly NodeJS.Signals[]
  /** How long running handlers have when it ends. Default `'30s'`. */
  readonly timeout?: Duration
}

const DEFAULT_SIGNALS: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT']

/** Nobody can listen to the other two. */
const CATCHABLE: ReadonlySet<unknown> = new Set(
  Object.keys(constants.signals).filter((name) => name !== 'SIGKILL' && name !== 'SIGSTOP'),
)

const options = shape({
  concurrency: whole(1, 1_000_000),
  signals: field("false or an array of signals such as ['SIGTERM']", isSignals),
  timeout: duration(0),
})

/** Opens a consumer of a listed source. */
export type OpenConsumer = (source: Source, options: ConsumerOptions) => SourceConsumer

/** Whatever is running. */
interface Running {
  readonly consumer: SourceConsumer
  readonly subscription: Subscription
}

/** Run handlers until all have ended: by a signal, by the broker's close, or because one was killed, which ends the others. */
export async function runHandlers(
  open: OpenConsumer,
  handlings: readonly Handling[],
  how: RunOptions,
  onSignal: (signal: NodeJS.Signals) => void,
): Promise<void> {
  refuseBadRun(handlings, how)
  const limit = how.concurrency === undefined ? null : new StartLimit(how.concurrency)
  const running: Running[] = []
  let closing: Promise<unknown> | undefined
  const close = (): Promise<unknown> =>
    (closing ??= Promise.all(running.map(({ consumer }) => consumer.close({ timeout: closeTimeout(how) }))))
  const unlisten = listen(how.signals ?? DEFAULT_SIGNALS, (signal) => {
    onSignal(signal)
    void close()
  })
  try {
    for (const handling of handlings) start(open, handling, limit, running)
    await Promise.all(running.map(({ subscription }) => subscription.done))
  } finally {
    await close()
    unlisten()
  }
}

function start(open: OpenConsumer, handling: Handling, limit: StartLimit | null, running: Running[]): void {
  const { retry, deadLetter, lease, onInvalid } = handling.options
  const consumer = open(handling.source, { retry, deadLetter, lease, onInvalid } as ConsumerOptions)
  try {
    running.push({ consumer, subscription: subscribe(consumer, handling, limit) })
  } catch (error) {
    void consumer.close({ timeout: 0 })
    throw error
  }
}

function subscribe(consumer: SourceConsumer, handling: Handling, limit: StartLimit | null): Subscription {
  const { concurrency, timeout, rate } = handling.options
  const how = { concurrency, timeout, rate } as SubscribeOptions
  if (handling.kind === 'message') return consumer.subscribeWithin(limit, handling.handler, how)
  const { max, within } = handling.options
  return consumer.subscribeBatchWithin(limit, handling.handler, { ...how, max, within })
}

/** Returns how to stop listening. Each signal is heard once: the next one of its kind is Node's. */
function listen(signals: false | readonly NodeJS.Signals[], heard: (signal: NodeJS.Signals) => void): () => void {
  const names = new Set(signals === false ? [] : signals)
  for (const name of names) process.once(name, heard)
  return () => {
    for (const name of names) process.removeListener(name, heard)
  }
}

function refuseBadRun(handlings: unknown, how: unknown): void {
  refuseProblems('MQ_CONFIG', 'Cannot run:', [...handlingProblems(handlings), ...options.problems(how, 'options')])
}

function handlingProblems(handlings: unknown): Problem[] {
  if (!Array.isArray(handlings) || handlings.length === 0) {
    const found = Array.isArray(handlings) ? 'is empty' : `is ${show(handlings)}`
    return [{ path: 'handlers', message: `${found}; give an array of handle(…) and handleBatch(…)` }]
  }
  return handlings.flatMap((handling, index) =>
    isHandling(handling)
      ? []
      : [{ path: `handlers[${index}]`, message: `is ${show(handling)}; give handle(…) or handleBatch(…)` }],
  )
}

function isSignals(value: unknown): boolean {
  return value === false || (Array.isArray(value) && value.every((name) => CATCHABLE.has(name)))
}
