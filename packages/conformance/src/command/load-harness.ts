import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Harness } from '../harness.ts'
import { UsageError } from './arguments.ts'

/** @throws UsageError for a module that exports no harness; what the module itself throws */
export async function loadHarness(file: string): Promise<Harness> {
  const { harness } = (await import(pathToFileURL(resolve(file)).href)) as { readonly harness?: Partial<Harness> }
  const lack = (['name', 'product', 'adapter', 'open'] as const).find((field) => harness?.[field] === undefined)
  if (lack === undefined) return harness as Harness
  throw new UsageError(
    harness === undefined ? `${file} exports no \`harness\`` : `the harness of ${file} has no \`${lack}\``,
  )
}
