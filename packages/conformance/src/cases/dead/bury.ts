import { DeadLetter, type Queue } from '@anymq/core'
import type { Client } from '../../world/client.ts'
import type { Item } from '../../world/peer.ts'
import type { World } from '../../world/world.ts'

/** Have these as dead letters, and nobody at work. Resolves with their ids. */
export async function bury(
  world: World,
  client: Client,
  queue: Queue<Item>,
  bodies: readonly Item[],
): Promise<readonly string[]> {
  const subscription = client.subscribe(queue, () => {
    throw new DeadLetter('no such customer')
  })
  const ids = await client.sendAll(queue, bodies)
  const letters = client.broker.deadLetters(queue)
  await world.until(async () => (await letters.count()) === bodies.length, `${bodies.length} dead letters`)
  await subscription.close()
  return ids
}
