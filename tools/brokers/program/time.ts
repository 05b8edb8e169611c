import { startBroker } from '../broker/start-broker.ts'
import type { BrokerName } from '../broker/test-broker.ts'
import { table } from './table.ts'

/** Start the newest three together and say how long each took until it was ready. */
export async function time(install: boolean, onProgress: (line: string) => void): Promise<string> {
  const names: readonly BrokerName[] = ['rabbitmq', 'kafka', 'sqs']
  const begin = performance.now()
  const rows = await Promise.all(
    names.map(async (name) => {
      await using broker = await startBroker(name, { own: true, install, onProgress })
      const seconds = ((performance.now() - begin) / 1000).toFixed(1)
      return [name, `${broker.product} ${broker.version}`, broker.source, `${seconds} s`]
    }),
  )
  return table(['name', 'broker', 'source', 'ready after'], rows)
}
