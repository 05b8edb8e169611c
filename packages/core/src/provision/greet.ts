import { emulations } from '../capability/resolve.ts'
import { displayName, type Definition } from '../definition/definition.ts'
import type { Runtime } from '../runtime.ts'
import type { Manifest } from '../spi/manifest.ts'

/** `emulation: 'warn'`: it works, and whoever runs it wants to know. */
export function sayEmulations(runtime: Runtime, manifest: Manifest, definitions: readonly Definition[]): void {
  for (const { path } of definitions.flatMap((definition) => emulations(manifest, definition)))
    runtime.log.warn({ adapter: runtime.adapter, capability: path }, 'emulated on this broker')
}

/** `retry.crashes` cannot be kept where nothing counts deliveries; whoever consumes must know. */
export function sayMissingNet(runtime: Runtime, { deliveries }: Manifest, definitions: readonly Definition[]): void {
  const sources = definitions.filter(({ kind }) => kind !== 'topic').map(displayName)
  if (deliveries !== 'none' || sources.length === 0) return
  runtime.log.warn(
    { adapter: runtime.adapter, sources: sources.join(', ') },
    'this broker counts no deliveries: no net (retry.crashes) catches a message that kills its process again and again',
  )
}
