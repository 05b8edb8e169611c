import { DURATION_FORMS, parseDuration, type Duration } from './duration.ts'
import { MqError } from './errors.ts'

const DEFAULT_CLOSE_TIMEOUT = 30_000

/** The `timeout` of every `close`, in milliseconds. */
export function closeTimeout(options: { readonly timeout?: Duration } | undefined): number {
  const given = options?.timeout
  if (given === undefined) return DEFAULT_CLOSE_TIMEOUT
  const ms = parseDuration(given)
  if (ms === undefined) throw new MqError('MQ_CONFIG', `close: timeout is ${String(given)}; give ${DURATION_FORMS}`)
  return ms
}
