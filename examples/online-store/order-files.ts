import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Poisoned } from './data/generate.ts'
import type { Product } from './data/products.ts'
import { BadOption } from './options.ts'

/** What the demo starts from: lines as they stand in the file, the warehouse, and which lines are poisoned. */
export interface OrderFiles {
  readonly lines: readonly string[]
  readonly catalogue: readonly Product[]
  readonly poisoned: readonly Poisoned[]
}

const FOLDER = join(import.meta.dirname, 'data')

/**
 * The first `count` lines of the order file; all of them by default.
 *
 * @throws BadOption when it has not so many
 */
export async function readOrderFiles(count?: number): Promise<OrderFiles> {
  const [orders, catalogue, poisoned] = await Promise.all(['orders.jsonl', 'catalogue.json', 'poisoned.json'].map(read))
  // Split at line feeds alone: the notes hold other characters that some readers take for the end of a line.
  const all = orders!.split('\n').slice(0, -1)
  if (count !== undefined && count > all.length)
    throw new BadOption(`the order file has ${all.length} lines, not ${count}`)
  const lines = all.slice(0, count)
  return {
    lines,
    catalogue: JSON.parse(catalogue!) as Product[],
    poisoned: (JSON.parse(poisoned!) as Poisoned[]).filter(({ line }) => line <= lines.length),
  }
}

function read(name: string): Promise<string> {
  return readFile(join(FOLDER, name), 'utf8')
}
