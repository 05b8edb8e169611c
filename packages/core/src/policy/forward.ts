import process from 'node:process'
import type { Headers, Incoming, Outgoing } from '../spi/messages.ts'
import { WIRE, WIRE_VERSION } from '../wire/names.ts'

const EMPTY = new Uint8Array(0)
const LONGEST_ID = 128

/** The message on its way to another place: the same id, body, key and level under these headers. `notBefore` 0: at once. */
export function forwardOf(
  incoming: Incoming<unknown>,
  headers: Headers,
  { body = incoming.body ?? EMPTY, notBefore = 0 }: { readonly body?: Uint8Array; readonly notBefore?: number } = {},
): Outgoing {
  return {
    id: incoming.id,
    body,
    headers,
    key: incoming.key ?? headers[WIRE.key],
    level: incoming.level ?? headers[WIRE.level],
    shard: undefined,
    notBefore,
    dedupeId: hopId(incoming.id, headers),
    confirm: true,
    native: undefined,
  }
}

/** A foreign message gets its id and the time of its send on paper, so that it keeps them from now on. */
export function identified({ headers, id, sentAt }: Incoming<unknown>): Headers {
  const isNamed = headers[WIRE.id] !== undefined
  const isDated = headers[WIRE.sentAt] !== undefined || !(sentAt > 0)
  if (isNamed && isDated) return headers
  return {
    ...headers,
    ...(isNamed ? {} : { [WIRE.version]: WIRE_VERSION, [WIRE.id]: id }),
    ...(isDated ? {} : { [WIRE.sentAt]: String(Math.floor(sentAt)) }),
  }
}

/** The same for the repeat of a hop and for no other: a broker that drops repeats must drop no forward. */
function hopId(id: string, headers: Headers): string {
  const hop = [WIRE.attempt, WIRE.redriven, WIRE.dueAt, WIRE.hop, WIRE.reason]
    .map((name) => headers[name] ?? '')
    .join(':')
  const text = `${id}:${hop}`
  return text.length <= LONGEST_ID ? text : digest(text)
}

/** Loaded when the first id is too long: nearly none is. */
function digest(text: string): string {
  return process.getBuiltinModule('node:crypto').createHash('sha256').update(text).digest('hex')
}
