import { readOrder } from '../order.ts'

interface Remedy {
  readonly name: string
  readonly apply: (line: string) => string
}

/** What tills are known to get wrong. */
const REMEDIES: readonly Remedy[] = [
  { name: 'dropped a trailing comma', apply: (line) => line.replace(/,\s*([}\]])/g, '$1') },
  { name: 'closed the last brace', apply: (line) => `${line}}` },
  { name: 'cut off a semicolon', apply: (line) => line.replace(/;\s*$/, '') },
  { name: 'straightened the quotes', apply: (line) => line.replaceAll("'", '"') },
]

export interface RepairedLine {
  readonly line: string
  /** What was done to it. */
  readonly remedy: string
}

/** The line as it was meant; undefined where no remedy makes a whole and sound order of it. */
export function repairLine(broken: string): RepairedLine | undefined {
  for (const { name, apply } of REMEDIES) {
    const line = apply(broken)
    if ('order' in readOrder(line)) return { line, remedy: name }
  }
  return undefined
}
