import type { Harness, Product } from '../harness.ts'
import type { Verdict } from '../run/verdict.ts'

/** A run, for programs: what the tables in documents are made of. */
export interface Report {
  /** Of this shape; a reader refuses what it does not know. */
  readonly format: 1
  readonly harness: string
  readonly adapter: { readonly name: string; readonly version: string }
  readonly broker: Product
  readonly node: string
  /** When the run ended. */
  readonly at: string
  readonly verdicts: readonly Verdict[]
}

export function reportOf({ name, adapter, product }: Harness, verdicts: readonly Verdict[], at: Date): Report {
  const byId = [...verdicts].sort((a, b) => a.id.localeCompare(b.id))
  return {
    format: 1,
    harness: name,
    adapter,
    broker: product,
    node: process.versions.node,
    at: at.toISOString(),
    verdicts: byId,
  }
}
