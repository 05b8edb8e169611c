import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Harness } from '../harness.ts'
import { UsageError } from './arguments.ts'

/** @throws UsageError for a module that cannot be loaded or exports no harness */
export async function loadHarness(file: string): Promise<Harness> {
  const { harness } = await moduleOf(file)
  const lack = (['name', 'product', 'adapter', 'open'] as const).find((field) => harness?.[field] === undefined)
  if (lack === undefined) return harness as Harness
  throw new UsageError(
    harness === undefined ? `${file} exports no \`harness\`` : `the harness of ${file} has no \`${lack}\``,
  )
}

async function moduleOf(file: string): Promise<{ readonly harness?: Partial<Harness> }> {
  try {
    return await import(pathToFileURL(resolve(file)).href)
  } catch (error) {
    throw new UsageError(
      `${file} cannot be loaded: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    )
  }
}
