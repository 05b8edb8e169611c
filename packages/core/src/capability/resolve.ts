import { destinationOf, displayName, type Definition, type ResolvedPolicy } from '../definition/definition.ts'
import { formatDuration } from '../duration.ts'
import { problemsError, type MqError, type Problem } from '../errors.ts'
import { addressProblem } from '../naming.ts'
import type { Capabilities, Manifest } from '../spi/manifest.ts'
import type { Targets } from '../targets.ts'

/** The portable default of `maxBody`; a smaller ceiling of the broker lowers it in silence, a larger wish is refused. */
const DEFAULT_MAX_BODY = 256 * 1024

/** What to do instead, where something can be done. */
const INSTEAD: Readonly<Record<keyof Capabilities, string>> = {
  ordering: 'leave `ordering` out, or use concurrency 1 in one process',
  priority: 'leave `priority` out and use one queue per level',
  delay: 'leave `delay` out and send later',
  dedupe: 'leave `dedupe` out and recognise repeats by their id in the handler',
  ttl: 'leave `ttl` out and look at `message.sentAt` in the handler',
  groups: 'use one queue per group',
}

/** Every reason why a broker with this manifest cannot serve these definitions. None: it can. */
export function capabilityProblems(
  manifest: Manifest,
  definitions: readonly Definition[],
  targets: Targets,
): Problem[] {
  return definitions.flatMap((definition) => definitionProblems(manifest, definition, targets))
}

/** One error with every problem. */
export function unsupported(manifest: Manifest, problems: readonly Problem[]): MqError<'MQ_UNSUPPORTED'> {
  const version = manifest.version === '' ? '' : ` ${manifest.version}`
  return problemsError(
    'MQ_UNSUPPORTED',
    `The ${manifest.adapter}${version} broker cannot serve these definitions:`,
    problems,
  )
}

function definitionProblems(manifest: Manifest, definition: Definition, targets: Targets): Problem[] {
  const path = `${definition.kind} "${displayName(definition)}"`
  const longest = targets
    .all(definition)
    .map((target) => addressProblem(path, target.address, manifest.nameLength))
    .filter((problem) => problem !== undefined)
  return [
    ...neededProblems(manifest, definition, path),
    ...groupProblems(manifest, definition, path),
    ...limitProblems(manifest, definition, path),
    ...longest,
  ]
}

/** Where groups are closed, a message reaches those that its topic lists: a group beside the list would miss everything. */
function groupProblems(manifest: Manifest, definition: Definition, path: string): Problem[] {
  if (manifest.groups === 'open' || definition.kind === 'queue') return []
  const topic = definition.kind === 'group' ? definition.topic : definition
  if (topic.groups.length > 0) return []
  const message = `lists no groups; this broker feeds listed groups only: topic('${topic.name}', { groups: ['…'] })`
  return [{ path: definition.kind === 'group' ? `${path} > topic "${topic.name}"` : path, message }]
}

function neededProblems(manifest: Manifest, definition: Definition, path: string): Problem[] {
  const spec = destinationOf(definition)
  const asked: Record<keyof Capabilities, boolean> = {
    ordering: spec.ordering !== undefined,
    priority: spec.priority !== undefined,
    delay: spec.delay !== undefined,
    dedupe: spec.dedupe !== undefined,
    ttl: spec.ttl !== undefined,
    groups: definition.kind !== 'queue',
  }
  return (Object.keys(asked) as (keyof Capabilities)[])
    .filter((capability) => asked[capability] && manifest.capabilities[capability] === 'unsupported')
    .map((capability) => ({
      path: `${path} > ${capability}`,
      message: `is asked for and not offered here; ${INSTEAD[capability]}`,
    }))
}

function limitProblems(manifest: Manifest, definition: Definition, path: string): Problem[] {
  const spec = destinationOf(definition)
  const problems: Problem[] = []
  if (spec.maxBody > manifest.maxBody && spec.maxBody > DEFAULT_MAX_BODY) {
    problems.push({
      path: `${path} > maxBody`,
      message: `is ${spec.maxBody} bytes; this broker takes ${manifest.maxBody}: send a reference to larger bodies`,
    })
  }
  if (spec.require.ordering === 'native' && manifest.capabilities.ordering !== 'native') {
    problems.push({
      path: `${path} > require.ordering`,
      message: `is "native"; here ordering is ${manifest.capabilities.ordering}`,
    })
  }
  if (spec.require.durability === 'disk' && manifest.durability === 'volatile') {
    problems.push({
      path: `${path} > require.durability`,
      message: 'is "disk"; this broker is volatile: what it holds ends with its process',
    })
  }
  if (definition.kind === 'group' && definition.from === 'oldest' && manifest.history === 'none') {
    problems.push({
      path: `${path} > from`,
      message: 'is "oldest"; this broker keeps no history: leave it out, and the group starts with the next message',
    })
  }
  if (definition.kind !== 'topic') problems.push(...policyProblems(manifest, definition.policy, path))
  return problems
}

/** What a consume policy asks beyond what the broker allows. */
export function policyProblems(
  manifest: Manifest,
  policy: Pick<ResolvedPolicy, 'timeout' | 'lease' | 'backoff' | 'attempts'>,
  path: string,
): Problem[] {
  const problems: Problem[] = []
  if (policy.timeout > manifest.handlerTimeout) {
    problems.push({
      path: `${path} > timeout`,
      message: `is ${formatDuration(policy.timeout)}; this broker allows ${formatDuration(manifest.handlerTimeout)}`,
    })
  }
  if (policy.lease > manifest.maxHold) {
    problems.push({
      path: `${path} > lease`,
      message: `is ${formatDuration(policy.lease)}; this broker allows ${formatDuration(manifest.maxHold)}`,
    })
  }
  const wait = longestWait(policy)
  if (!manifest.countsFailures && wait > manifest.maxHold) {
    problems.push({
      path: `${path} > retry.backoff`,
      message: `waits up to ${formatDuration(wait)}; here a message waits in the process, ${formatDuration(manifest.maxHold)} at most`,
    })
  }
  return problems
}

/** Of a schedule; what a function will say is known only when it is asked. */
function longestWait({ backoff, attempts }: Pick<ResolvedPolicy, 'backoff' | 'attempts'>): number {
  return typeof backoff === 'function' ? 0 : backoff.base(attempts)
}
