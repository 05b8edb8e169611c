/** A short, safe picture of any value. */
export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value)
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'object' && value !== null) return showObject(value)
  return typeof value === 'bigint' ? `${value}n` : String(value)
}

function showObject(value: object): string {
  try {
    if (Array.isArray(value)) return `an array of ${value.length}`
    return value instanceof Date ? 'a Date' : 'an object'
  } catch {
    return 'an object'
  }
}
