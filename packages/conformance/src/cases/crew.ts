import type { Handler, Message, Source, SubscribeOptions } from '@anymq/core'
import type { Seam } from '../seam/seam.ts'
import type { Client } from '../world/client.ts'
import type { RecordedSubscription } from '../world/recorded-subscription.ts'
import type { World } from '../world/world.ts'

/** One of the processes that compete for a source. */
export interface Hand {
  readonly process: Client
  readonly work: RecordedSubscription
}

/** How a crew works. */
export interface CrewOptions extends SubscribeOptions {
  /** Between each of them and the broker. Default: nothing. */
  readonly seam?: Seam
}

/** Two processes that compete for a source with one handler. Both are at work when it resolves. */
export async function crew<Out>(
  world: World,
  source: Source<Out>,
  handler: (process: Client, message: Message<Out>) => ReturnType<Handler<Out>>,
  { seam, ...options }: CrewOptions = {},
): Promise<readonly [Hand, Hand]> {
  const join = async (): Promise<Hand> => {
    const process = await world.open(seam === undefined ? {} : { seam })
    const work = process.subscribe(source, (message) => handler(process, message), options)
    return { process, work }
  }
  const hands = [await join(), await join()] as const
  const ready = Promise.all(hands.map(({ work }) => work.ready))
  await world.within(ready, `two subscriptions to ${source.name} to be ready`)
  return hands
}
