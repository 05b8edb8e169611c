import type { Definition } from '@anymq/core'
import type { Manifest } from '@anymq/core/driver'
import type { Setting, SourceSetting } from './setting.ts'

/** What the definitions and the manifest say about what may be seen. */
export function settingOf(definitions: readonly Definition[], manifest: Manifest, grain: number): Setting {
  const { ack, heldAttempts, duplicates, durability, peek, countsFailures, delay } = manifest
  const sources = new Map<string, SourceSetting>()
  for (const definition of definitions) {
    const source = sourceSetting(definition)
    if (source !== undefined) sources.set(...source)
  }
  const held = !countsFailures && delay.kind === 'none' ? 'all' : 'ordered'
  return { sources, ack, heldAttempts, duplicates, durability, peek, held, grain }
}

function sourceSetting(definition: Definition): [string, SourceSetting] | undefined {
  if (definition.kind === 'topic') return undefined
  const of = definition.kind === 'group' ? definition.topic : definition
  const { ordering, priority, dedupe, check, ttl } = of.destination
  const { attempts, crashes, when, deadLetter, lease, timeout } = definition.policy
  const name = definition.kind === 'group' ? `${of.name}/${definition.name}` : definition.name
  const setting: SourceSetting = {
    from: of.name,
    ordered: ordering !== undefined,
    onFailure: ordering?.onFailure ?? 'block',
    attempts,
    crashes,
    expires: ttl !== undefined,
    classifies: when !== undefined,
    drops: deadLetter === 'drop',
    lease,
    timeout,
    level: priority?.default,
    dedupe: dedupe?.window ?? 0,
    // `type<T>()` checks nothing: there is no function to run.
    transforms: check.receive !== undefined,
  }
  return [name, setting]
}
