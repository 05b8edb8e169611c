import type { Headers } from '../spi/messages.ts'
import { WIRE } from './names.ts'

/** A message that causes another. */
export interface Cause {
  readonly id: string
  readonly wire: Headers
}

/** The headers by which an effect names its cause: correlation, causation and trace. */
export function causeHeaders(cause: Cause): Record<string, string> {
  const { id, wire } = cause
  const headers: Record<string, string> = {
    [WIRE.correlationId]: wire[WIRE.correlationId] ?? id,
    [WIRE.causationId]: id,
  }
  for (const name of [WIRE.traceparent, WIRE.tracestate]) {
    const value = wire[name]
    if (value !== undefined) headers[name] = value
  }
  return headers
}
