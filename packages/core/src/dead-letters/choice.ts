import { MqError } from '../errors.ts'
import type { Incoming } from '../spi/messages.ts'
import type { DeadMessage } from './types.ts'

/** Which dead letters are meant. */
export interface Choice {
  readonly ids?: readonly string[]
  readonly where?: (message: DeadMessage<unknown>) => boolean
}

/** Whether a dead letter is meant. It is decoded only for a `where` that wants to see it. Throws what `where` throws. */
export function chooser({
  ids,
  where,
}: Choice): (incoming: Incoming<unknown>, see: () => DeadMessage<unknown>) => boolean {
  const named = ids === undefined ? undefined : new Set(ids)
  return (incoming, see) => {
    if (named !== undefined && !named.has(incoming.id)) return false
    if (where === undefined) return true
    const answer: unknown = where(see())
    refusePromise('where', answer, 'return true or false')
    return Boolean(answer)
  }
}

/** What an async callback returns is true for every message, and no body. */
export function refusePromise(callback: string, answer: unknown, instead: string): void {
  if (typeof (answer as { then?: unknown } | null | undefined)?.then !== 'function') return
  // Nobody waits for it: if it rejects, that is no crash.
  if (answer instanceof Promise) answer.catch(() => undefined)
  throw new MqError('MQ_INVALID', `${callback} returned a promise; ${instead}, or look things up before`)
}
