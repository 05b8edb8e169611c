/** True for `{…}` and objects without a prototype, of whatever realm: test runners hand out objects of another one. Never throws. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  try {
    const prototype = Object.getPrototypeOf(value) as object | null
    return prototype === null || Object.hasOwn(prototype, 'isPrototypeOf')
  } catch {
    return false
  }
}
