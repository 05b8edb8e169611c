import type { Harness } from '@anymq/conformance'
import { startBroker } from '@anymq/test-brokers'
import { readFileSync } from 'node:fs'
import { adapter } from './process.ts'

const server = await startBroker('sqs')
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  readonly version: string
}

/** A server that speaks as SQS does; Amazon's own where a URL names it. A process is a process. */
export const harness: Harness = {
  name: 'sqs',
  product: { name: server.product, version: server.version, kind: 'emulator' },
  adapter: { name: '@anymq/adapter-sqs', version },
  known: {
    'close-02': 'a poll that is on its way when a short close is over takes the message that was given back',
    'close-03': 'a poll that is on its way when a short close is over takes the message that was given back',
  },
  open: () => ({
    adapter: () => adapter(`${server.url}&wait=1`),
    process: {
      module: new URL('./process.ts', import.meta.url).href,
      config: `${server.url}&wait=1`,
      execArgv: ['--conditions=source'],
    },
    close: async () => undefined,
  }),
  close: () => server.stop(),
}
