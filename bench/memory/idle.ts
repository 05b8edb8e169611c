import { memory, type MemoryMask } from '@anymq/adapter-memory'
import { createBroker, queue, silentLogger, type Broker, type Queue } from '@anymq/core'

// Twice as long as the watchdog takes from one look to the next.
const SECONDS = 20

/** Share of one core that so many queues cost, each with a subscription that waits, and with whatever the masks bring along. */
export async function idleShare(queues: number, mask: readonly MemoryMask[]): Promise<number> {
  const spec =
    mask.length === 0
      ? {}
      : { priority: { levels: ['vip', 'normal', 'bulk'], default: 'normal' }, delay: { max: '1h' } }
  const definitions = Array.from({ length: queues }, (_, i) => queue(`idle-${i}`, spec as object)) as Queue[]
  const broker: Broker = await createBroker(memory({ mask }), { definitions, logger: silentLogger })
  const subscriptions = definitions.map((definition) => broker.consumer(definition).subscribe(() => undefined))
  await Promise.all(subscriptions.map(({ ready }) => ready))
  const start = performance.now()
  const cpu = process.cpuUsage()
  await new Promise((resolve) => setTimeout(resolve, SECONDS * 1000))
  const used = process.cpuUsage(cpu)
  const share = (used.user + used.system) / 1000 / (performance.now() - start)
  await broker.close()
  return share
}
