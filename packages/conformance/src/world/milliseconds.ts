import type { Duration } from '@anymq/core'

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** A duration that the library has accepted or will refuse; what it will refuse counts as none. */
export function milliseconds(duration: Duration): number {
  if (typeof duration === 'number') return duration
  const [, amount = '0', unit = 'ms'] = /^([\d.]+)\s*([a-z]+)$/.exec(duration) ?? []
  return Number(amount) * (UNITS[unit] ?? 0)
}
