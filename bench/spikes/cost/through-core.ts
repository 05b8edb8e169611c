import { bytes, createBroker, queue, silentLogger } from '@anymq/core'
import type { Adapter } from '@anymq/core/driver'
import { BODY, countdown, freshName, WINDOW, type Way } from './load.ts'

const BATCH = 1000

/** All of it: producer, engine and driver. */
export function throughCore(adapter: Adapter): Way {
  return {
    name: 'AnyMQ',
    send: (count) => ({
      name: 'AnyMQ',
      prepare: async () => {
        const { publish, end } = await open(adapter)
        return { run: () => publish(count), end }
      },
    }),
    consume: (count) => ({
      name: 'AnyMQ',
      prepare: async () => {
        const { publish, take, end } = await open(adapter)
        await publish(count)
        return { run: () => take(count), end }
      },
    }),
  }
}

async function open(adapter: Adapter) {
  const load = queue(freshName(), { codec: bytes })
  const broker = await createBroker(adapter, { definitions: [load], logger: silentLogger })
  const publish = async (count: number): Promise<void> => {
    const producer = broker.producer(load)
    for (let sent = 0; sent < count; sent += BATCH)
      await producer.sendBatch(Array.from({ length: Math.min(BATCH, count - sent) }, () => ({ body: BODY })))
  }
  const take = async (count: number): Promise<void> => {
    const left = countdown(count)
    broker.consumer(load).subscribe(() => left.tick(), { concurrency: WINDOW / 2 })
    await left.done
  }
  return { publish, take, end: () => broker.close({ timeout: '1s' }) }
}
