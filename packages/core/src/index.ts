export { createBroker } from './broker.ts'
export type { Broker, BrokerOptions, SourceStats } from './broker.ts'
export type { Served } from './capability/served.ts'
export type { Emulation } from './capability/resolve.ts'
export { bytes } from './codec/bytes.ts'
export type { Codec } from './codec/codec.ts'
export { gzip } from './codec/gzip.ts'
export type { GzipCodec, GzipOptions } from './codec/gzip.ts'
export { json } from './codec/json.ts'
export type { CheckBodies } from './codec/round-trip.ts'
export { text } from './codec/text.ts'
export type {
  Consumer,
  ConsumerOptions,
  MessagesOptions,
  ReceiveOptions,
  SubscribeBatchOptions,
  SubscribeOptions,
  Subscription,
} from './consume/options.ts'
export type {
  DeadLetters,
  DeadMessage,
  InvalidDeadMessage,
  RedriveOptions,
  RedriveResult,
  ValidDeadMessage,
} from './dead-letters/types.ts'
export type {
  Definition,
  Destination,
  Group,
  NeedsOf,
  Queue,
  ResolvedDestination,
  ResolvedPolicy,
  Source,
  Topic,
} from './definition/definition.ts'
export { group } from './definition/group.ts'
export type { GroupOf } from './definition/group.ts'
export type { TypeProblem } from './definition/json-safe.ts'
export { queue } from './definition/queue.ts'
export { type } from './definition/schema.ts'
export type { AnySchema, Schema, SchemaPair, Types } from './definition/schema.ts'
export type {
  ConsumePolicy,
  GroupPolicy,
  Ordering,
  Priority,
  QueueSpec,
  Requirements,
  RetryPolicy,
  TopicSpec,
} from './definition/spec.ts'
export { topic } from './definition/topic.ts'
export type { Duration } from './duration.ts'
export { MqError, SendError } from './errors.ts'
export type { FailedItem, MqErrorCode, MqErrorOptions, Problem, SendOutcome } from './errors.ts'
export type { DiagnosticsMessage } from './diagnostics.ts'
export type { BrokerEvent, EventListener } from './events.ts'
export { handle, handleBatch } from './handler.ts'
export type { BatchHandling, HandleBatchOptions, HandleOptions, Handling, MessageHandling } from './handler.ts'
export type { Health, HealthStatus } from './health.ts'
export type { Interceptor, Process, ProcessBatch, Send } from './intercept/interceptor.ts'
export { silentLogger, stderrLogger } from './log.ts'
export type { Logger, LogFields } from './log.ts'
export type { Clock, Timer } from './mechanism/clock.ts'
export type { IdSource } from './mechanism/ids.ts'
export type { Randomness } from './mechanism/random.ts'
export type { BatchHandler, Handler, Message } from './message.ts'
export { exponential, fixed, linear } from './policy/backoff.ts'
export type { Backoff, Schedule } from './policy/backoff.ts'
export type { DeadReason } from './policy/dead-reason.ts'
export { DeadLetter, Defer, RetryAfter } from './policy/steering.ts'
export type { DeclareOptions } from './provision/declaration.ts'
export type { Override, Overrides, Provision } from './provision/deployment.ts'
export type { RunOptions } from './run.ts'
export type { Producer, ProducerOptions, SendBatchOptions, SendItem, SendOptions } from './send/options.ts'
export type { Capabilities, Level, Manifest } from './spi/manifest.ts'
