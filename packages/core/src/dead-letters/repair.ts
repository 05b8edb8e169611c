import { changedByCodec } from '../codec/round-trip.ts'
import type { ResolvedDestination } from '../definition/definition.ts'
import { MqError, problemsError } from '../errors.ts'
import { redrivenOf } from '../policy/dead-letter.ts'
import type { Incoming, Outgoing } from '../spi/messages.ts'
import { refusePromise } from './choice.ts'
import type { DeadMessage } from './types.ts'

/** Makes a repaired message of a dead one; undefined keeps it. Throws what `map` throws, and MQ_INVALID or MQ_TOO_LARGE. */
export function repairer(
  map: (message: DeadMessage<unknown>) => unknown,
  destination: ResolvedDestination,
  maxBody: number,
): (incoming: Incoming<unknown>, dead: DeadMessage<unknown>) => Outgoing | undefined {
  return (incoming, dead) => {
    const body = map(dead)
    if (body === undefined) return undefined
    refusePromise('map', body, 'return the repaired body itself')
    return redrivenOf(incoming, { bytes: encoded(body, destination, maxBody), codec: destination.codec })
  }
}

/** A repaired body passes the checks of a send: schema, size, and that nothing changes on the way. */
function encoded(body: unknown, { check, codec, maxBody }: ResolvedDestination, most: number): Uint8Array {
  const limit = Math.min(maxBody, most)
  const checked = check.send === undefined ? { value: body } : check.send(body)
  if (checked.problems !== undefined)
    throw problemsError('MQ_INVALID', 'the repaired body does not fit the schema:', checked.problems)
  const bytes = codec.encode(checked.value)
  if (bytes.length > limit)
    throw new MqError('MQ_TOO_LARGE', `the repaired body has ${bytes.length} bytes; ${limit} are allowed (maxBody)`)
  const change = changedByCodec(codec, checked.value, bytes)
  if (change !== undefined)
    throw new MqError('MQ_INVALID', `the ${codec.kind} codec would change the repaired body: ${change}`)
  return bytes
}
