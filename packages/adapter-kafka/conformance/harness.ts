import type { Harness } from '@anymq/conformance'
import { startBroker } from '@anymq/test-brokers'
import { readFileSync } from 'node:fs'
import { adapter } from './process.ts'

const server = await startBroker('kafka')
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  readonly version: string
}

/** Kafka itself. A process is a process. */
export const harness: Harness = {
  name: 'kafka',
  product: { name: server.product, version: server.version, kind: 'real' },
  adapter: { name: '@anymq/adapter-kafka', version },
  known: {
    'send-07': 'a topic keeps its messages without a group here, and the experiment does not say that there is none',
    'settle-26': 'purging is not built',
    'dead-21': 'purging is not built',
  },
  open: () => ({
    adapter: () => adapter(server.url),
    process: {
      module: new URL('./process.ts', import.meta.url).href,
      config: server.url,
      execArgv: ['--conditions=source'],
    },
    close: async () => undefined,
  }),
  close: () => server.stop(),
}
