import type { Manifest } from '../spi/manifest.ts'
import type { Outgoing } from '../spi/messages.ts'
import type { Target } from '../spi/target.ts'
import { WIRE } from '../wire/names.ts'
import { numberOf } from '../wire/read.ts'

/** Where a message that is not due goes to wait, and as what. Its due time and the number of its hops are on it. */
export function hopTo(
  places: readonly Target[],
  message: Outgoing,
  delay: Manifest['delay'],
  now: number,
): { readonly to: Target; readonly message: Outgoing } {
  const wait = message.notBefore - now
  if (delay.kind === 'tiers') return { to: places[tierFor(delay.steps, wait)]!, message: waiting(message, 0) }
  const longest = delay.kind === 'hop' ? delay.maxHop : wait
  return { to: places[0]!, message: waiting(message, now + Math.min(wait, longest)) }
}

/** The longest tier that does not wait too long; the shortest where all do: the relay keeps the message until it is due. */
function tierFor(steps: readonly number[], wait: number): number {
  for (let index = steps.length - 1; index > 0; index--) if (steps[index]! <= wait) return index
  return 0
}

function waiting(message: Outgoing, notBefore: number): Outgoing {
  const hop = (numberOf(message.headers[WIRE.hop]) ?? 0) + 1
  const headers = { ...message.headers, [WIRE.dueAt]: String(Math.ceil(message.notBefore)), [WIRE.hop]: String(hop) }
  return {
    id: message.id,
    body: message.body,
    headers,
    key: message.key,
    level: message.level,
    shard: undefined,
    notBefore,
    dedupeId: undefined,
    confirm: message.confirm,
    native: message.native,
  }
}
