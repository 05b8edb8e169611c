import { Unreadable, type BodyReader } from '../consume/body-reader.ts'
import { deadReason } from '../policy/dead-reason.ts'
import type { Incoming } from '../spi/messages.ts'
import { WIRE } from '../wire/names.ts'
import { failuresOf, numberOf, sentAtOf } from '../wire/read.ts'
import { userHeaders } from '../wire/user-headers.ts'
import type { DeadMessage } from './types.ts'

const EMPTY = new Uint8Array(0)

/** A dead letter as users see it: with a body where codec and schema accept it, else with the raw bytes. */
export function deadMessageOf(incoming: Incoming<unknown>, reader: BodyReader): DeadMessage<unknown> {
  const { headers } = incoming
  const read = reader.read(incoming)
  const said = headers[WIRE.error]
  const meta = {
    id: incoming.id,
    key: incoming.key ?? headers[WIRE.key],
    type: headers[WIRE.type],
    headers: userHeaders(headers),
    priority: incoming.level ?? headers[WIRE.level],
    reason: deadReason(headers[WIRE.reason]),
    origin: headers[WIRE.origin],
    attempts: failuresOf(incoming),
    redriven: numberOf(headers[WIRE.redriven]) ?? 0,
    sentAt: new Date(sentAtOf(incoming)),
    failedFirstAt: dateOf(headers[WIRE.failedFirstAt]),
    failedLastAt: dateOf(headers[WIRE.failedLastAt]),
  }
  if (!(read instanceof Unreadable)) return { ...meta, valid: true, body: read, error: said ?? '' }
  return { ...meta, valid: false, raw: Uint8Array.from(incoming.body ?? EMPTY), error: said ?? read.error.message }
}

function dateOf(text: string | undefined): Date | undefined {
  const ms = numberOf(text)
  return ms === undefined ? undefined : new Date(ms)
}
