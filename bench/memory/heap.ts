import { memory } from '@anymq/adapter-memory'
import { bytes, createBroker, queue, silentLogger, type Broker, type SendOptions } from '@anymq/core'

const MESSAGES = 200_000
const BODY = new Uint8Array(16)

const waiting = queue('waiting', { codec: bytes, delay: { max: '1h' } })

/** Bytes of heap for each message that waits in the in-memory broker, its body not counted. Needs a collector that can be called. */
export async function heapPerMessage(options: SendOptions): Promise<number> {
  if (globalThis.gc === undefined) return NaN
  const broker: Broker = await createBroker(memory(), { definitions: [waiting], logger: silentLogger })
  const before = heapUsed()
  const items = Array.from({ length: 1000 }, () => ({ body: BODY, ...options }))
  for (let sent = 0; sent < MESSAGES; sent += items.length) await broker.producer(waiting).sendBatch(items as never)
  await new Promise((resolve) => setTimeout(resolve, 50))
  const after = heapUsed()
  await broker.close()
  return (after - before) / MESSAGES
}

/** On the heap alone: bodies lie outside. */
function heapUsed(): number {
  globalThis.gc?.()
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}
