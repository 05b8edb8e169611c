import { DeadLetter, Defer, handle, type Message } from '@anymq/core'
import type { Definitions } from '../definitions.ts'
import type { Order } from '../order.ts'
import type { Job, Workplace } from '../workers/worker.ts'
import { isProviderDown } from '../world/provider-down.ts'
import type { Services } from '../world/services.ts'

/** How long a worker leaves a provider alone that is down. Milliseconds. */
export const PAUSE = 500

/** Takes the money, and hands the order on to fulfilment, where there is one. */
export function paymentJob({ payment, fulfilment }: Definitions, { provider, pace }: Services): Job {
  const handOn = async (message: Message<Order>, { record, whileAlive }: Workplace): Promise<void> => {
    if (fulfilment === undefined) return
    const { id, vip } = message.body
    // Because of the order: the payment is not acknowledged before its parcel is on the way.
    await whileAlive(message.send(fulfilment, { order: id }, { id, priority: vip ? 'vip' : 'normal' }))
    record({ fact: 'entered', step: 'fulfilment', id })
  }
  return {
    step: 'payment',
    definitions: fulfilment === undefined ? [payment] : [payment, fulfilment],
    handling: (place) =>
      handle(
        payment,
        place.booked(async (message) => {
          await place.whileAlive(pace.work(2, 8))
          await charge(message, provider, place)
          await handOn(message, place)
        }),
      ),
  }
}

async function charge(
  { id, body: { card, total }, signal }: Message<Order>,
  provider: Services['provider'],
  { whileAlive }: Workplace,
): Promise<void> {
  // Whatever makes this run again, the key keeps the customer from paying twice.
  const answer = await whileAlive(provider.charge({ key: id, card, cents: total, signal })).catch(orDefer)
  // An answer, and one that no other attempt would change.
  if (answer === 'declined') throw new DeadLetter(`the card ending in ${card.slice(-4)} was declined`)
}

/** Nobody can pay while the provider is down: the order is not to blame, and the next one would fare no better. */
function orDefer(error: unknown): never {
  throw isProviderDown(error) ? new Defer(PAUSE, { pause: true }) : error
}
