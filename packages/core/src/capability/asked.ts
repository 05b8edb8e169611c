import { destinationOf, type Definition } from '../definition/definition.ts'
import type { Capabilities } from '../spi/manifest.ts'

/** The capabilities that a definition asks for. */
export function askedOf(definition: Definition): (keyof Capabilities)[] {
  const spec = destinationOf(definition)
  const asked: Record<keyof Capabilities, boolean> = {
    ordering: spec.ordering !== undefined,
    priority: spec.priority !== undefined,
    delay: spec.delay !== undefined,
    dedupe: spec.dedupe !== undefined,
    ttl: spec.ttl !== undefined,
    groups: definition.kind !== 'queue',
  }
  return (Object.keys(asked) as (keyof Capabilities)[]).filter((capability) => asked[capability])
}
