import { BodyReader, Unreadable } from '../consume/body-reader.ts'
import { destinationOf, type Definition } from '../definition/definition.ts'
import { deadReason, type DeadReason } from '../policy/dead-reason.ts'
import type { Headers, Incoming, Outgoing } from '../spi/messages.ts'
import { WIRE } from '../wire/names.ts'
import { userHeaders } from '../wire/user-headers.ts'

/** A message as a test sees it on its way. */
export interface SeenMessage<Body = unknown> {
  readonly id: string
  /** As a handler would get it. Reading it throws MQ_DECODE or MQ_INVALID where a handler would not. */
  readonly body: Body
  readonly type: string | undefined
  /** The sender's headers, without the library's own. */
  readonly headers: Headers
  readonly key: string | undefined
  readonly priority: string | undefined
  /** Why it is dead; undefined for a message that is not. */
  readonly reason: DeadReason | undefined
  /** Name and message of the error that made it a dead letter; undefined for a message that is none. */
  readonly error: string | undefined
}

/** What a driver took or brought, as the definition reads it. */
export function seenMessage<Body>(
  definition: Definition,
  message: Pick<Outgoing | Incoming<unknown>, 'id' | 'body' | 'headers' | 'key' | 'level'>,
): SeenMessage<Body> {
  const { id, headers, key, level } = message
  const reason = headers[WIRE.reason]
  return {
    id,
    get body(): Body {
      const body = new BodyReader(destinationOf(definition)).read(message as Incoming<unknown>)
      if (body instanceof Unreadable) throw body.error
      return body as Body
    },
    type: headers[WIRE.type],
    headers: userHeaders(headers),
    key: key ?? headers[WIRE.key],
    priority: level ?? headers[WIRE.level],
    reason: reason === undefined ? undefined : deadReason(reason),
    error: headers[WIRE.error],
  }
}
