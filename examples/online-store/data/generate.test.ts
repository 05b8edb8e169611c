import { Buffer } from 'node:buffer'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { expectedOf } from '../check/expected.ts'
import { readOrder } from '../order.ts'
import { readOrderFiles } from '../order-files.ts'
import { repairLine } from '../repair/repair-line.ts'
import { AWKWARD, TWINS } from './awkward.ts'
import { generate } from './generate.ts'

describe('the data files', () => {
  it('are what the generator makes, byte for byte', async () => {
    for (const [name, text] of Object.entries(generate())) {
      const file = await readFile(join(import.meta.dirname, name))
      expect(file.equals(Buffer.from(text)), name).toBe(true)
    }
  })

  it('are others for another seed', () => {
    expect(generate(1)['orders.jsonl']).not.toBe(generate(2)['orders.jsonl'])
  })

  it('hold 2,000 orders of 300 customers at least, none over 256 KiB', async () => {
    const { lines } = await readOrderFiles()
    const orders = lines.map(readOrder).flatMap((reading) => ('order' in reading ? [reading.order] : []))
    expect(orders.length).toBeGreaterThanOrEqual(2000)
    expect(new Set(orders.map(({ customer }) => customer)).size).toBe(300)
    expect(new Set(orders.map(({ id }) => id)).size).toBe(orders.length)
    const sizes = lines.map((line) => Buffer.byteLength(line))
    expect(Math.max(...sizes)).toBeGreaterThan(200 * 1024)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(256 * 1024)
  })

  it('hold orders that look like others and are not', async () => {
    const { lines } = await readOrderFiles()
    for (const line of TWINS) {
      const [first, second] = [lines[line - 2]!, lines[line - 1]!].map((text) => JSON.parse(text) as { id: string })
      expect({ ...second, id: first!.id }).toEqual(first)
      expect(second!.id).not.toBe(first!.id)
    }
  })

  it('are poisoned exactly where they say so', async () => {
    const { lines, poisoned } = await readOrderFiles()
    const refused = lines.flatMap((line, index) => ('problem' in readOrder(line) ? [index + 1] : []))
    expect(refused).toEqual(poisoned.filter(({ problem }) => problem !== 'declined').map(({ line }) => line))
    expect(new Set(poisoned.map(({ problem }) => problem)).size).toBe(5)
    expect([...AWKWARD.keys()].every((line) => line <= lines.length)).toBe(true)
  })

  it('can be repaired to what was meant, or not at all', async () => {
    const { lines, poisoned } = await readOrderFiles()
    for (const { line, problem, order } of poisoned) {
      if (problem === 'declined') continue
      const repaired = repairLine(lines[line - 1]!)
      expect(repaired === undefined ? undefined : JSON.parse(repaired.line)).toEqual(order)
    }
  })

  it('never order more than there is', async () => {
    const { stock } = expectedOf(await readOrderFiles())
    expect(Math.min(...stock.values())).toBeGreaterThan(0)
  })

  it('have something of every kind in the first 50 lines', async () => {
    const { poisoned } = await readOrderFiles(50)
    expect(new Set(poisoned.map(({ problem }) => problem)).size).toBe(5)
  })
})
