import { channel, type Channel } from 'node:diagnostics_channel'
import type { BrokerEvent } from './events.ts'

/** What subscribers of `anymq:retry` and the like get: the event, and the adapter whose broker object it comes from. */
export type DiagnosticsMessage = BrokerEvent & { readonly adapter: string }

/** Node forgets a channel that nobody refers to. */
const channels = new Map<BrokerEvent['event'], Channel>()

/** Mirror an event on its channel `anymq:<event>`. Without a subscriber this is one look-up. */
export function mirror(event: BrokerEvent, adapter: string): void {
  const to = channelOf(event.event)
  if (to.hasSubscribers) to.publish({ ...event, adapter } satisfies DiagnosticsMessage)
}

function channelOf(name: BrokerEvent['event']): Channel {
  let found = channels.get(name)
  if (found === undefined) channels.set(name, (found = channel(`anymq:${name}`)))
  return found
}
