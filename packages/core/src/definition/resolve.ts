import type { Codec } from '../codec/codec.ts'
import { json } from '../codec/json.ts'
import { parseDuration, type Duration } from '../duration.ts'
import { exponential } from '../policy/backoff.ts'
import type { ResolvedDestination, ResolvedPolicy } from './definition.ts'
import { bodyCheck, type AnySchema } from './schema.ts'
import type { ConsumePolicy, DestinationSpec } from './spec.ts'

const DEFAULT_POLICY: ResolvedPolicy = Object.freeze({
  attempts: 10,
  backoff: exponential('1s', '5m'),
  when: undefined,
  crashes: 100,
  deadLetter: true,
  lease: 30_000,
  timeout: 300_000,
  concurrency: 10,
})

const DEFAULT_MAX_BODY = 256 * 1024
const DEFAULT_SHARDS = 8
const DEFAULT_RETENTION: Duration = '14d'

/** Fill in what a checked policy leaves open: from `base`, else the defaults of the contract. */
export function resolvePolicy(policy: ConsumePolicy, base: ResolvedPolicy = DEFAULT_POLICY): ResolvedPolicy {
  const { retry = {} } = policy
  return Object.freeze({
    attempts: retry.attempts ?? base.attempts,
    backoff: retry.backoff ?? base.backoff,
    when: retry.when ?? base.when,
    crashes: retry.crashes ?? base.crashes,
    deadLetter: policy.deadLetter ?? base.deadLetter,
    lease: ms(policy.lease) ?? base.lease,
    timeout: ms(policy.timeout) ?? base.timeout,
    concurrency: policy.concurrency ?? base.concurrency,
  })
}

/** Fill in what a checked destination spec leaves open. */
export function resolveDestination<S extends AnySchema, L extends string, C extends Codec>(
  spec: DestinationSpec<S, L, C>,
): ResolvedDestination {
  const { ordering, priority, delay, dedupe } = spec
  return Object.freeze({
    codec: spec.codec ?? json,
    check: bodyCheck(spec.schema),
    ordering:
      ordering &&
      Object.freeze({
        key: ordering.key satisfies (body: never) => string | undefined,
        shards: ordering.shards ?? DEFAULT_SHARDS,
        onFailure: ordering.onFailure ?? 'block',
        withPriority: ordering.withPriority,
      }),
    priority:
      priority &&
      Object.freeze({
        levels: Object.freeze([...priority.levels]),
        default: priority.default,
        policy: priority.policy ?? 'weighted',
      }),
    delay: delay && Object.freeze({ max: ms(delay.max)! }),
    dedupe: dedupe && Object.freeze({ window: ms(dedupe.window)! }),
    ttl: ms(spec.ttl),
    retention: ms(spec.retention ?? DEFAULT_RETENTION)!,
    maxBody: spec.maxBody ?? DEFAULT_MAX_BODY,
    require: Object.freeze({ ...spec.require }),
    native: Object.freeze({ ...spec.native }),
  })
}

function ms(value: Duration | undefined): number | undefined {
  return value === undefined ? undefined : parseDuration(value)
}
