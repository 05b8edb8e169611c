import {
  destinationOf,
  type Definition,
  type ResolvedDestination,
  type ResolvedPolicy,
} from '../definition/definition.ts'
import { formatDuration } from '../duration.ts'
import type { Problem } from '../errors.ts'
import type { Manifest } from '../spi/manifest.ts'

/** The portable default of `maxBody`; a smaller ceiling of the broker lowers it in silence, a larger wish is refused. */
const DEFAULT_MAX_BODY = 256 * 1024

/** What a definition asks beyond the numbers and the strength that a broker has. */
export function limitProblems(manifest: Manifest, definition: Definition, path: string): Problem[] {
  const spec = destinationOf(definition)
  return [
    ...sizeProblems(manifest, spec, path),
    ...timeProblems(manifest, spec, path),
    ...requirementProblems(manifest, spec, path),
    ...(definition.kind === 'group' && definition.from === 'oldest' ? historyProblems(manifest, path) : []),
    ...(definition.kind === 'topic' ? [] : policyProblems(manifest, definition.policy, path)),
  ]
}

function sizeProblems(manifest: Manifest, { maxBody, priority }: ResolvedDestination, path: string): Problem[] {
  const problems: Problem[] = []
  if (maxBody > manifest.maxBody && maxBody > DEFAULT_MAX_BODY) {
    problems.push({
      path: `${path} > maxBody`,
      message: `is ${maxBody} bytes; this broker takes ${manifest.maxBody}: send a reference to larger bodies`,
    })
  }
  const levels = priority?.levels.length ?? 0
  if (manifest.capabilities.priority === 'native' && levels > manifest.levels) {
    problems.push({
      path: `${path} > priority.levels`,
      message: `has ${levels} levels; this broker has ${manifest.levels}`,
    })
  }
  return problems
}

/** A message must not be lost before it is due, or before it expires. */
function timeProblems({ delay, retention }: Manifest, spec: ResolvedDestination, path: string): Problem[] {
  const problems: Problem[] = []
  if (spec.delay !== undefined && delay.kind === 'native' && spec.delay.max > delay.max) {
    problems.push({
      path: `${path} > delay.max`,
      message: `is ${formatDuration(spec.delay.max)}; this broker lets a message wait for ${formatDuration(delay.max)}`,
    })
  }
  if (retention === Infinity) return problems
  const kept = Math.min(retention, spec.retention)
  const asked = [
    ['delay.max', spec.delay?.max],
    ['ttl', spec.ttl],
  ] as const
  for (const [field, ms] of asked) {
    if (ms === undefined || ms <= kept) continue
    problems.push({
      path: `${path} > ${field}`,
      message: `is ${formatDuration(ms)}; this broker keeps a message for ${formatDuration(kept)} (retention)`,
    })
  }
  return problems
}

function requirementProblems(manifest: Manifest, { require }: ResolvedDestination, path: string): Problem[] {
  const problems: Problem[] = []
  if (require.ordering === 'native' && manifest.capabilities.ordering !== 'native') {
    problems.push({
      path: `${path} > require.ordering`,
      message: `is "native"; here ordering is ${manifest.capabilities.ordering}`,
    })
  }
  if (require.durability === 'disk' && manifest.durability === 'volatile') {
    problems.push({
      path: `${path} > require.durability`,
      message: 'is "disk"; this broker is volatile: what it holds ends with its process',
    })
  }
  return problems
}

function historyProblems({ history }: Manifest, path: string): Problem[] {
  if (history !== 'none') return []
  return [
    {
      path: `${path} > from`,
      message: 'is "oldest"; this broker keeps no history: leave it out, and the group starts with the next message',
    },
  ]
}

/** What a consume policy asks beyond what the broker allows. */
export function policyProblems(
  manifest: Manifest,
  policy: Pick<ResolvedPolicy, 'timeout' | 'lease' | 'backoff' | 'attempts'>,
  path: string,
): Problem[] {
  const problems: Problem[] = []
  const { handlerTimeout, maxHold } = manifest
  if (policy.timeout > handlerTimeout) problems.push(tooLong(`${path} > timeout`, policy.timeout, handlerTimeout))
  if (policy.lease > maxHold) problems.push(tooLong(`${path} > lease`, policy.lease, maxHold))
  const wait = longestWait(policy)
  if (!manifest.countsFailures && manifest.delay.kind === 'none' && wait > maxHold) {
    problems.push({
      path: `${path} > retry.backoff`,
      message: `waits up to ${formatDuration(wait)}; here a message waits in the process, ${formatDuration(maxHold)} at most`,
    })
  }
  return problems
}

/** A batch holds its first message as long as it gathers. */
export function gatheringProblems({ maxHold }: Manifest, within: number, path: string): Problem[] {
  return within > maxHold ? [tooLong(`${path} > within`, within, maxHold)] : []
}

function tooLong(path: string, found: number, allowed: number): Problem {
  return { path, message: `is ${formatDuration(found)}; this broker allows ${formatDuration(allowed)}` }
}

/** Of a schedule; what a function will say is known only when it is asked. */
function longestWait({ backoff, attempts }: Pick<ResolvedPolicy, 'backoff' | 'attempts'>): number {
  return typeof backoff === 'function' ? 0 : backoff.base(attempts)
}
