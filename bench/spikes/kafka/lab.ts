import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { startBroker, type TestBroker } from '@anymq/test-brokers'
import type { Consumer } from 'kafkajs'

export { Collector, connectTo, messages } from '../../../packages/adapter-kafka/real/harness.ts'
export { wait }

export const OPEN = { window: 1000, span: 16_384, lease: 30_000, preference: 1, browse: false } as const

/** Run an experiment on a broker of its own, and leave nothing behind. `SPIKE_KAFKA=kafka@3.9` takes the older one. */
export async function lab(title: string, experiment: (broker: TestBroker) => Promise<void>): Promise<void> {
  const broker = await startBroker(process.env['SPIKE_KAFKA'] === 'kafka@3.9' ? 'kafka@3.9' : 'kafka', { own: true })
  console.log(`# ${title}\n${broker.product} ${broker.version}, Node ${process.version}, kafkajs 2.2.4`)
  try {
    await experiment(broker)
  } finally {
    await broker.stop()
  }
}

/** kafkajs' own consumer behind a feed: for its events. */
export function consumerOf(feed: unknown): Consumer {
  return (feed as { readonly consumer: Consumer }).consumer
}

/** A name that no earlier run used. */
export function fresh(name: string): string {
  return `${name}-${randomUUID().slice(0, 8)}`
}
