/** Milliseconds as a number, or text such as `'250ms'`, `'30s'`, `'5m'`, `'1h'`, `'14d'`. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const TEXT = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/

/** What a duration may look like: for error messages. */
export const DURATION_FORMS = "milliseconds as a number, or text such as '250ms', '30s', '5m', '1h', '14d'"

/** Milliseconds; undefined for what is no duration, is negative or not finite. */
export function parseDuration(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) && value >= 0 ? value : undefined
  if (typeof value !== 'string') return undefined
  const match = TEXT.exec(value)
  if (match === null) return undefined
  const ms = Number(match[1]) * UNITS[match[2]!]!
  return Number.isFinite(ms) ? ms : undefined
}

/** A duration for people: `90000` is `1.5m`. */
export function formatDuration(ms: number): string {
  for (const unit of ['d', 'h', 'm', 's']) {
    const size = UNITS[unit]!
    if (ms >= size) return `${Number((ms / size).toFixed(2))}${unit}`
  }
  return `${Number(ms.toFixed(2))}ms`
}
