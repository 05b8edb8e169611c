import type { Incoming } from '../spi/messages.ts'
import { WIRE, WIRE_VERSION } from './names.ts'

/** A whole number from 0 in a header; undefined for anything else. */
export function numberOf(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,15}$/.test(text)) return undefined
  return Number(text)
}

/** Failures that the library has counted so far: kept by the broker or carried by the message, whichever knows more. */
export function failuresOf(incoming: Incoming<unknown>): number {
  return Math.max(incoming.attempt, numberOf(incoming.headers[WIRE.attempt]) ?? 0)
}

/** Wall time of the send in milliseconds: the sender's word, else the broker's. */
export function sentAtOf(incoming: Incoming<unknown>): number {
  return numberOf(incoming.headers[WIRE.sentAt]) ?? incoming.sentAt
}

/** The wire version of a message that this library cannot read; undefined where it can. A foreign message has none. */
export function unknownVersion(incoming: Incoming<unknown>): string | undefined {
  const version = incoming.headers[WIRE.version]
  return version === undefined || version === WIRE_VERSION ? undefined : version
}

/** Wall time at which it expires: what it says itself, or of a stranger's message its send and `ttl`. Undefined: never. */
export function expiryOf(incoming: Incoming<unknown>, ttl: number | undefined): number | undefined {
  const { headers } = incoming
  const said = numberOf(headers[WIRE.expiresAt])
  if (said !== undefined || ttl === undefined || headers[WIRE.version] !== undefined) return said
  return sentAtOf(incoming) + ttl
}
