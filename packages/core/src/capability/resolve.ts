import { displayName, type Definition } from '../definition/definition.ts'
import { Router } from '../emulate/router.ts'
import { problemsError, type MqError, type Problem } from '../errors.ts'
import { addressProblem } from '../naming.ts'
import type { Capabilities, Manifest } from '../spi/manifest.ts'
import type { Targets } from '../targets.ts'
import { askedOf } from './asked.ts'
import { limitProblems } from './limits.ts'

/** What to do instead, where something can be done. */
const INSTEAD: Readonly<Record<keyof Capabilities, string>> = {
  ordering: 'leave `ordering` out, or use concurrency 1 in one process',
  priority: 'leave `priority` out and use one queue per level',
  delay: 'leave `delay` out and send later',
  dedupe: 'leave `dedupe` out and recognise repeats by their id in the handler',
  ttl: 'leave `ttl` out and look at `message.sentAt` in the handler',
  groups: 'use one queue per group',
}

/** Whether core may make up for what a broker lacks. */
export type Emulation = 'allow' | 'warn' | 'forbid'

/** Every reason why a broker with this manifest cannot serve these definitions. None: it can. */
export function capabilityProblems(
  manifest: Manifest,
  definitions: readonly Definition[],
  targets: Targets,
  emulation: Emulation,
): Problem[] {
  return definitions.flatMap((definition) => [
    ...definitionProblems(manifest, definition, targets),
    ...(emulation === 'forbid' ? emulations(manifest, definition) : []),
  ])
}

/** What core would emulate for a definition, in sentences. */
export function emulations(manifest: Manifest, definition: Definition): Problem[] {
  return askedOf(definition)
    .filter((capability) => manifest.capabilities[capability] === 'emulated')
    .map((capability) => ({
      path: `${definition.kind} "${displayName(definition)}" > ${capability}`,
      message: `is emulated on this broker (emulation: 'forbid'); ${INSTEAD[capability]}`,
    }))
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
  const router = new Router()
  router.use(manifest)
  const longest = targets
    .all(definition)
    .flatMap((target) => router.places(target))
    .map((place) =>
      addressProblem(path, place.address, manifest.nameLength, targets.isForeign(place) ? Infinity : undefined),
    )
    .filter((problem) => problem !== undefined)
  return [
    ...neededProblems(manifest, definition, path),
    ...dedupeProblems(manifest, definition, path),
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
  return askedOf(definition)
    .filter((capability) => manifest.capabilities[capability] === 'unsupported')
    .map((capability) => ({
      path: `${path} > ${capability}`,
      message: `is asked for and not offered here; ${INSTEAD[capability]}`,
    }))
}

/** A repeat that may go to another lane, part or waiting place than the first is one that the broker cannot notice. */
function dedupeProblems(manifest: Manifest, definition: Definition, path: string): Problem[] {
  const asked = askedOf(definition)
  if (!asked.includes('dedupe') || manifest.capabilities.dedupe === 'unsupported') return []
  return (['ordering', 'priority', 'delay'] as const)
    .filter((capability) => asked.includes(capability) && manifest.capabilities[capability] === 'emulated')
    .map((capability) => ({
      path: `${path} > dedupe`,
      message: `is not offered here together with ${capability}, which is emulated; ${INSTEAD.dedupe}`,
    }))
}
