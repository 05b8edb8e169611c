import type { Needs } from '../definition/definition.ts'
import type { TypeProblem } from '../definition/json-safe.ts'
import type { Capabilities, Manifest } from '../spi/manifest.ts'

/** The capabilities that a definition needs and a manifest lacks. `groups` is needed by topics and groups. */
type Lacks<C extends Capabilities, N> = {
  [K in keyof N]: K extends keyof C ? (C[K] extends 'unsupported' ? K : never) : never
}[keyof N]

type NeedsOfDefinition<D> = D extends { readonly kind: infer K; readonly ' types'?: { readonly needs: infer N } }
  ? N & (K extends 'topic' | 'group' ? { readonly groups: true } : unknown)
  : Needs

/** `unknown` where the adapter serves the definition, else a sentence. */
export type Served<M extends Manifest, D> = [Lacks<M['capabilities'], NeedsOfDefinition<D>>] extends [never]
  ? unknown
  : TypeProblem<`This broker does not offer: ${Lacks<M['capabilities'], NeedsOfDefinition<D>> & string}`>
