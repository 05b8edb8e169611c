import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Cart } from './data/carts.ts'
import type { Poisoned } from './data/generate.ts'
import type { Product } from './data/products.ts'
import { BadOption } from './options.ts'

/** What the demo starts from: lines as they stand in the file, the warehouse, which lines are poisoned, and carts left behind. */
export interface OrderFiles {
  readonly lines: readonly string[]
  readonly catalogue: readonly Product[]
  readonly poisoned: readonly Poisoned[]
  readonly carts: readonly Cart[]
}

const FOLDER = join(import.meta.dirname, 'data')

/**
 * The first `count` lines of the order file; all of them by default.
 *
 * @throws BadOption when it has not so many
 */
export async function readOrderFiles(count?: number): Promise<OrderFiles> {
  const names = ['orders.jsonl', 'catalogue.json', 'poisoned.json', 'carts.json']
  const [orders, catalogue, poisoned, carts] = await Promise.all(names.map(read))
  // Split at line feeds alone: the notes hold other characters that some readers take for the end of a line.
  const all = orders!.split('\n').slice(0, -1)
  if (count !== undefined && count > all.length)
    throw new BadOption(`the order file has ${all.length} lines, not ${count}`)
  const lines = all.slice(0, count)
  return {
    lines,
    catalogue: JSON.parse(catalogue!) as Product[],
    poisoned: (JSON.parse(poisoned!) as Poisoned[]).filter(({ line }) => line <= lines.length),
    carts: (JSON.parse(carts!) as Cart[]).filter(({ line }) => line <= lines.length),
  }
}

function read(name: string): Promise<string> {
  return readFile(join(FOLDER, name), 'utf8')
}
