import { Buffer } from 'node:buffer'
import type { Codec } from '../codec/codec.ts'
import type { Headers, Incoming, Outgoing } from '../spi/messages.ts'
import { FAILURE_HEADERS, WIRE } from '../wire/names.ts'
import { numberOf } from '../wire/read.ts'
import { forwardOf, identified } from './forward.ts'
import type { DeadReason } from './dead-reason.ts'
import { isSteering } from './steering.ts'

/** The error text of a dead letter is cut to this many bytes, so that a dead letter always fits. */
const LONGEST_ERROR = 1024
// oxlint-disable-next-line no-control-regex -- control characters are what it replaces
const CONTROL = /[\u0000-\u001f\u007f]+/g

/** What is known when a message is given up. Times are wall times in milliseconds. */
export interface Death {
  readonly reason: DeadReason
  readonly error: unknown
  readonly attempts: number
  readonly origin: string
  readonly failedFirstAt: number
  readonly failedLastAt: number
}

/** The dead letter: body byte for byte, id, key, headers and priority of the original, and why. */
export function deadLetterOf(incoming: Incoming<unknown>, death: Death): Outgoing {
  const headers: Headers = {
    ...identified(incoming),
    [WIRE.reason]: death.reason,
    [WIRE.error]: errorText(death.error),
    [WIRE.attempt]: String(death.attempts),
    [WIRE.origin]: death.origin,
    [WIRE.failedFirstAt]: String(death.failedFirstAt),
    [WIRE.failedLastAt]: String(death.failedLastAt),
  }
  return forwardOf(incoming, headers)
}

/** A dead letter on its way back: attempt 1 again, no expiry, one more redrive. `body`: a repaired one. */
export function redrivenOf(
  incoming: Incoming<unknown>,
  body?: { readonly bytes: Uint8Array; readonly codec: Pick<Codec, 'contentType' | 'contentEncoding'> },
): Outgoing {
  const headers: Record<string, string> = { ...identified(incoming) }
  for (const name of [...FAILURE_HEADERS, WIRE.expiresAt]) delete headers[name]
  headers[WIRE.redriven] = String((numberOf(incoming.headers[WIRE.redriven]) ?? 0) + 1)
  if (body === undefined) return forwardOf(incoming, headers)
  const { contentType, contentEncoding } = body.codec
  headers[WIRE.contentType] = contentType
  if (contentEncoding === undefined) delete headers[WIRE.contentEncoding]
  else headers[WIRE.contentEncoding] = contentEncoding
  return forwardOf(incoming, headers, { body: body.bytes })
}

/** Name and message of whatever was thrown, in one line that fits a header. */
export function errorText(error: unknown): string {
  const text = describe(error).replaceAll(CONTROL, ' ').toWellFormed()
  if (Buffer.byteLength(text) <= LONGEST_ERROR) return text
  let cut = Buffer.from(text)
    .subarray(0, LONGEST_ERROR - 3)
    .toString()
  // A character cut in two decodes to a replacement mark, which may be longer than what was cut.
  while (Buffer.byteLength(cut) > LONGEST_ERROR - 3) cut = cut.slice(0, -1)
  return `${cut.replace(/\ufffd$/, '')}...`
}

function describe(error: unknown): string {
  try {
    // Its name says no more than the reason does.
    if (isSteering(error)) return error.message
    if (error instanceof Error) return error.message === '' ? String(error.name) : `${error.name}: ${error.message}`
    return typeof error === 'string' ? error : String(error)
  } catch {
    return 'a value that cannot be shown'
  }
}
