import { policyFields } from './definition/check.ts'
import { displayName, type Source } from './definition/definition.ts'
import type { ConsumerOptions, SubscribeBatchOptions, SubscribeOptions } from './consume/options.ts'
import { handlerProblems, subscribeBatchFields, subscribeFields } from './consume/check-options.ts'
import type { Problem } from './errors.ts'
import type { BatchHandler, Handler } from './message.ts'
import { refuseProblems } from './options/refuse.ts'
import { oneOf } from './options/rules.ts'
import { shape } from './options/shape.ts'
import { show } from './options/show.ts'

/** How a handler value consumes: overrides of the source's policy, and its rate. */
export interface HandleOptions extends ConsumerOptions, SubscribeOptions {}

/** How a batch handler value consumes: overrides of the source's policy, and how batches are gathered. */
export interface HandleBatchOptions extends Omit<ConsumerOptions, 'concurrency'>, SubscribeBatchOptions {}

const BRAND = Symbol.for('anymq.handling')

/** A handler with its source, as a value: what `broker.run` runs. Made by `handle` and `handleBatch`. */
export type Handling = MessageHandling | BatchHandling

/** Made by `handle`. */
export interface MessageHandling {
  readonly kind: 'message'
  readonly source: Source
  readonly handler: Handler<never>
  readonly options: HandleOptions
}

/** Made by `handleBatch`. */
export interface BatchHandling {
  readonly kind: 'batch'
  readonly source: Source
  readonly handler: BatchHandler<never>
  readonly options: HandleBatchOptions
}

const consumerFields = { ...policyFields, onInvalid: oneOf('dead-letter', 'retry') }
const handleOptions = shape({ ...consumerFields, ...subscribeFields })
const handleBatchOptions = shape({ ...consumerFields, ...subscribeBatchFields })

/**
 * A handler of single messages for `broker.run`. A frozen value, made without I/O.
 *
 * @throws MQ_CONFIG with every problem
 */
export function handle<Out>(source: Source<Out>, handler: Handler<Out>, options: HandleOptions = {}): MessageHandling {
  refuseHandling('handle', source, [
    ...handlerProblems(handler, '(message) => …'),
    ...handleOptions.problems(options, 'options'),
  ])
  return branded({ kind: 'message', source, handler, options: Object.freeze({ ...options }) })
}

/**
 * A handler of batches for `broker.run`. A frozen value, made without I/O. `concurrency` counts batches.
 *
 * @throws MQ_CONFIG with every problem
 */
export function handleBatch<Out>(
  source: Source<Out>,
  handler: BatchHandler<Out>,
  options: HandleBatchOptions,
): BatchHandling {
  refuseHandling('handleBatch', source, [
    ...handlerProblems(handler, '(messages) => …'),
    ...handleBatchOptions.problems(options, 'options'),
  ])
  return branded({ kind: 'batch', source, handler, options: Object.freeze({ ...options }) })
}

/** True for what `handle` and `handleBatch` return, also when two copies of the library are loaded. */
export function isHandling(value: unknown): value is Handling {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, BRAND)
}

function branded<H extends Handling>(handling: H): H {
  Object.defineProperty(handling, BRAND, { value: true })
  return Object.freeze(handling)
}

function refuseHandling(what: string, source: unknown, problems: readonly Problem[]): void {
  const own = sourceProblems(source)
  const name = own.length > 0 ? '' : ` messages of "${displayName(source as Source)}"`
  refuseProblems('MQ_CONFIG', `Cannot ${what}${name}:`, [...own, ...problems])
}

function sourceProblems(source: unknown): Problem[] {
  const kind = kindOf(source)
  if (kind === 'queue' || kind === 'group') return []
  const found = kind === 'topic' ? 'is a topic, which is consumed through its groups' : `is ${show(source)}`
  return [{ path: 'source', message: `${found}; give a queue or a group` }]
}

function kindOf(source: unknown): unknown {
  try {
    return (source as { kind?: unknown }).kind
  } catch {
    return undefined
  }
}
