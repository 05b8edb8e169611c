import type { DriverContext, Target } from '@anymq/core/driver'
import type { Admin, Kafka } from 'kafkajs'
import { patiently } from './patiently.ts'

const PAUSE = 20

/**
 * Fix where a group starts, once and for all processes: commit a first offset for each partition that has none. Only a
 * member commits, and only what it is assigned, so the group itself keeps two declarers apart. Returns at once where all
 * is fixed; never disturbs a group that runs.
 */
export async function giveBirth(
  { kafka, admin, context }: { readonly kafka: Kafka; readonly admin: Admin; readonly context: DriverContext },
  target: Target,
): Promise<void> {
  const topic = target.of!
  const groupId = target.address
  const unborn = async (): Promise<number[]> => {
    const [found] = await patiently(context.clock, () => admin.fetchOffsets({ groupId, topics: [topic] }))
    return found!.partitions.filter(({ offset }) => Number(offset) < 0).map(({ partition }) => partition)
  }
  if ((await unborn()).length === 0) return
  const starts = await patiently(context.clock, () => admin.fetchTopicOffsets(topic))
  const consumer = kafka.consumer({ groupId, sessionTimeout: 6000, heartbeatInterval: 300, maxWaitTimeInMs: 50 })
  let assigned: readonly number[] = []
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => (assigned = payload.memberAssignment[topic] ?? []))
  consumer.on(consumer.events.REBALANCING, () => (assigned = []))
  try {
    await consumer.connect()
    await consumer.subscribe({ topic, fromBeginning: true })
    await consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch: async () => undefined })
    consumer.pause([{ topic }])
    for (let open = await unborn(); open.length > 0; open = await unborn()) {
      const mine = starts.filter(({ partition }) => open.includes(partition) && assigned.includes(partition))
      const offsets = mine.map(({ partition, low, high }) => ({
        topic,
        partition,
        offset: target.from === 'now' ? high : low,
      }))
      // A commit that met a rebalance is not lost: whoever is assigned the partition next sees that it has none.
      if (offsets.length > 0) await consumer.commitOffsets(offsets).catch(() => undefined)
      await new Promise<void>((resolve) => context.clock.setTimer(resolve, PAUSE))
    }
  } finally {
    await consumer.disconnect()
  }
}
