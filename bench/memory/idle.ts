import { memory } from '@anymq/adapter-memory'
import { createBroker, queue, type Broker, type Queue } from '@anymq/core'

const QUEUES = 1000
const SECONDS = 5

/** Share of one core that a thousand queues cost, each with a subscription that waits. */
export async function idleShare(): Promise<number> {
  const definitions: Queue[] = Array.from({ length: QUEUES }, (_, i) => queue(`idle-${i}`))
  const broker: Broker = await createBroker(memory(), { definitions })
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
