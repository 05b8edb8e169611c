/** How two lists are compared: what must be there against what was found, by a key. */
export interface Comparison<E, F> {
  readonly expected: Iterable<E>
  readonly found: Iterable<F>
  expectedKey(expected: E): string
  foundKey(found: F): string
  /** What is wrong with what was found for one that was expected: `found` has none, one or many. */
  faults(expected: E, found: readonly F[]): string[]
  /** Nobody expected it. */
  invented(found: F): string
}

export function compare<E, F>(comparison: Comparison<E, F>): string[] {
  const found = grouped(comparison.found, (item) => comparison.foundKey(item))
  const faults: string[] = []
  for (const expected of comparison.expected) {
    const key = comparison.expectedKey(expected)
    faults.push(...comparison.faults(expected, found.get(key) ?? []))
    found.delete(key)
  }
  for (const [first] of found.values()) faults.push(comparison.invented(first!))
  return faults
}

export function grouped<T>(list: Iterable<T>, keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of list) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [item])
    else group.push(item)
  }
  return groups
}
