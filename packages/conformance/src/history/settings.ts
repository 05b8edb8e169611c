import type { Definition } from '@anymq/core'
import type { Manifest } from '@anymq/core/driver'
import type { Setting, SourceSetting } from './setting.ts'

/** What the definitions and the manifest say about what may be seen. */
export function settingOf(definitions: readonly Definition[], manifest: Manifest, grain: number): Setting {
  const { ack, heldAttempts, duplicates } = manifest
  const sources = new Map<string, SourceSetting>()
  for (const definition of definitions) {
    const source = sourceSetting(definition)
    if (source !== undefined) sources.set(...source)
  }
  return { sources, ack, heldAttempts, duplicates, grain }
}

function sourceSetting(definition: Definition): [string, SourceSetting] | undefined {
  if (definition.kind === 'topic') return undefined
  const of = definition.kind === 'group' ? definition.topic : definition
  const { ordering, priority, dedupe } = of.destination
  const { attempts, lease, timeout } = definition.policy
  const name = definition.kind === 'group' ? `${of.name}/${definition.name}` : definition.name
  const setting: SourceSetting = {
    from: of.name,
    ordered: ordering !== undefined,
    onFailure: ordering?.onFailure ?? 'block',
    attempts,
    lease,
    timeout,
    level: priority?.default,
    dedupe: dedupe?.window ?? 0,
  }
  return [name, setting]
}
