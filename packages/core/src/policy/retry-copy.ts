import type { Incoming, Outgoing, SettleAction } from '../spi/messages.ts'
import { WIRE } from '../wire/names.ts'
import { forwardOf, identified } from './forward.ts'

type Release = Extract<SettleAction, { action: 'release' }>

/** A message that comes again later as a copy of itself: its count and the time of its first failure travel with it. `dueAt`: wall time. */
export function retryCopyOf(incoming: Incoming<unknown>, { attempt, note }: Release, dueAt: number): Outgoing {
  const notBefore = Math.ceil(dueAt)
  const headers: Record<string, string> = { ...identified(incoming), [WIRE.dueAt]: String(notBefore) }
  delete headers[WIRE.hop]
  if (attempt > 0) headers[WIRE.attempt] = String(attempt)
  if (note !== '') headers[WIRE.failedFirstAt] = note
  return forwardOf(incoming, headers, { notBefore })
}
